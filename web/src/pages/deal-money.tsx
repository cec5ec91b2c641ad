// SPDX-License-Identifier: Apache-2.0
// Who will earn what and why: the estimate by the accepted agreement version, the contributions it rests on, and the statement.
import { act, remove } from '../api';
import { refresh, useData, useList } from '../data';
import { amount, date, dateTime, money, rate, t } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import { Button, H2, IconButton, Tag } from '../parts/controls';
import { newContribution, winDeal } from '../parts/log';
import { CompanyBadge, Person } from '../parts/marks';
import { Banner, Empty, Failed, Load } from '../parts/states';
import { attempt, sayProblem } from '../parts/toast';
import { reasonsOf, reasonText } from '../reasons';
import { go } from '../router';
import { isOurs, mayWrite } from '../session';
import type { Because, Contribution, Deal, Id, Money, Posting, Statement } from '../types';

interface Estimate { agreement?: Id; agreement_version?: number; result?: { state?: string; lines?: Posting[]; total?: Money }; because?: Because[] }

export const because = (b: Because[] | string | undefined): string => reasonsOf(b).map(reasonText).join(' ');

export function DealMoney({ deal }: { deal: Deal }) {
  const est = useData<Estimate>(`/deals/${deal.id}/settlement`);
  const contributions = useList<Contribution>(`/deals/${deal.id}/contributions`);
  const statements = useList<Statement>(`/statements?filter[deal]=${deal.id}`);
  const won = deal.outcome?.startsWith('won');
  const lost = deal.outcome && !won && deal.outcome !== 'open';
  const settled = (statements.data ?? []).filter((s) => !s.deal || s.deal === deal.id);
  // What was taken back or mirrored counts no more: the deal can be settled anew.
  const standing = settled.filter((s) => s.state !== 'withdrawn' && !s.reverses && !settled.some((x) => x.reverses === s.id));
  // The other side signs: for a partner's part the company that leads and pays, for its own part any partner.
  const mayCosign = (c: Contribution): boolean => !isOurs(c.party) && (c.party === deal.company || isOurs(deal.company));
  const settle = async (): Promise<void> => {
    try {
      const s = await act<Statement>(`/deals/${deal.id}/settle`);
      await refresh();
      go(`/money/${s.id}`);
    } catch (e) {
      sayProblem(e);
    }
  };
  return (
    <div class="pad narrow">
      {lost && <Banner tone="plain">{t('money.lost_nobody', { outcome: word('deal_outcome', deal.outcome).toLowerCase() })}</Banner>}
      {settled.length > 0 && (
        <section>
          <H2>{t('money.statements')}</H2>
          <ul class="rows">
            {settled.map((s) => (
              <li key={s.id}>
                <a class="row" href={`/money/${s.id}`}>
                  <strong>{s.number ?? s.id}</strong>
                  <span class="t2 truncate">
                    {nameOf(s.payer)} → {nameOf(s.payee)}
                  </span>
                  <span class="push row-end">
                    <Tag tone={s.state === 'paid' ? 'pos' : s.state === 'disputed' ? 'neg' : 'ink'}>{word('statement_state', s.state)}</Tag>
                    <strong>{money(s.total, true)}</strong>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {standing.length === 0 && <section>
        <H2
          note={est.data?.agreement_version ? t('money.by_version', { n: est.data.agreement_version }) : undefined}
          right={won && mayWrite() && <Button size="s" kind="primary" onClick={settle}>{t('money.settle')}</Button>}
        >
          {won ? t('money.earned') : t('money.estimate')}
        </H2>
        {est.error && est.error.status !== 404 && est.error.status !== 409 && est.error.status !== 422 ? (
          <Failed problem={est.error} retry={est.reload} />
        ) : est.error ? (
          <Empty icon="Scale" title={t('money.no_estimate')} action={!deal.outcome || deal.outcome === 'open' ? isOurs(deal.company) && mayWrite() && <Button onClick={() => winDeal(deal)}>{t('deal.win')}</Button> : undefined}>
            {est.error.message}
          </Empty>
        ) : (
          <Load of={est}>
            {(e) =>
              !e.result?.lines?.length ? (
                <Empty icon="Scale" title={t('money.no_estimate')}>{e.because?.length ? because(e.because) : t('money.no_estimate_text')}</Empty>
              ) : (
                <table class="ledger">
                  <thead>
                    <tr>
                      <th scope="col">{t('money.who')}</th>
                      <th scope="col" class="num">{t('money.base')}</th>
                      <th scope="col" class="num">{t('money.rate')}</th>
                      <th scope="col" class="num">{t('money.amount')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {e.result.lines.map((l, i) => (
                      <tr key={l.line ?? i}>
                        <td>
                          <span class="company">
                            <CompanyBadge id={l.party ?? l.payee} size="s" /> {l.person ? <Person id={l.person} /> : <strong>{nameOf(l.party ?? l.payee)}</strong>}
                          </span>
                          <small>{because(l.because) || word('posting_kind', l.kind)}</small>
                        </td>
                        <td class="num t2">{amount(l.base)}</td>
                        <td class="num t2">{rate(l.rate)}</td>
                        <td class="num">
                          <strong>{amount(l.amount)}</strong>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                  {e.result.total && (
                    <tfoot>
                      <tr>
                        <th scope="row" colSpan={3}>{t('money.total')}</th>
                        <td class="num">{money(e.result.total, true)}</td>
                      </tr>
                    </tfoot>
                  )}
                </table>
              )
            }
          </Load>
        )}
        {deal.agreement && (
          <p class="note">
            <a class="link" href={`/agreements/${deal.agreement}`}>{t('money.read_agreement')}</a>
          </p>
        )}
      </section>}
      <section>
        <H2 note={t('money.contributions_note')} right={mayWrite() && <Button size="s" icon="Plus" onClick={() => newContribution(deal.id)}>{t('log.contribution')}</Button>}>{t('money.contributions')}</H2>
        <Load of={contributions} rows={2}>
          {(list) =>
            list.length === 0 ? (
              <p class="note none">{t('money.no_contributions')}</p>
            ) : (
              <ul class="rows">
                {list.map((c) => (
                  <li key={c.id} class="row row-2">
                    <CompanyBadge id={c.party ?? c.company} />
                    <span class="row-text">
                      <span>
                        <strong>{word('contribution_role', c.role)}</strong> {c.person ? nameOf(c.person) : nameOf(c.party ?? c.company)}
                      </span>
                      <small>{[c.note, date(c.created_at)].filter(Boolean).join(', ')}</small>
                    </span>
                    <span class="push row-end">
                      {c.cosigned_by ? (
                        <Tag tone="pos" icon="Check">{t('money.cosigned', { who: nameOf(c.cosigned_by), when: dateTime(c.cosigned_at) })}</Tag>
                      ) : !mayCosign(c) ? (
                        <>
                          <span class="note">{t('money.waits_cosign')}</span>
                          {isOurs(c.company) && mayWrite() && (
                            <IconButton icon="Trash2" size={14} label={t('common.delete')} onClick={() => void attempt(async () => { await remove(`/contributions/${c.id}`); await refresh(); }, t('common.deleted'))} />
                          )}
                        </>
                      ) : (
                        mayWrite() && (
                          <Button size="s" onClick={() => attempt(async () => { await act(`/contributions/${c.id}/cosign`); await refresh(); }, t('money.cosign_done'))}>{t('money.cosign')}</Button>
                        )
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Load>
      </section>
    </div>
  );
}

