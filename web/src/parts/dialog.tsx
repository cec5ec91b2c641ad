// SPDX-License-Identifier: Apache-2.0
// Dialogs on the <dialog> element: the browser keeps focus inside and gives it back. One at a time, opened from anywhere.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { Button, IconButton } from './controls';
import { Banner } from './states';
import { Area, FormErrors, useForm } from './form';
import { useKeys } from '../keys';
import { mayWrite } from '../session';
import { toast } from './toast';

const current = signal<{ node: ComponentChildren; id: number } | null>(null);
let count = 0;
export const openDialog = (node: ComponentChildren): void => void (current.value = { node, id: ++count });
/** A form that writes: who may only read is told so instead. */
export const openForm = (node: ComponentChildren): void => (mayWrite() ? openDialog(node) : toast(t('error.forbidden'), undefined, 'neg'));
export const closeDialog = (): void => void (current.value = null);
export const DialogPlace = () => (current.value ? <div key={current.value.id}>{current.value.node}</div> : null);

export interface DialogProps {
  title: ComponentChildren;
  subtitle?: ComponentChildren;
  head?: ComponentChildren;
  width?: 's' | 'm' | 'l';
  children: ComponentChildren;
  side?: ComponentChildren;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  onSubmit?: (e?: Event) => unknown;
  onClose?: () => void;
  bare?: boolean;
}

export function Dialog(p: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const close = (): void => {
    p.onClose?.();
    closeDialog();
  };
  useEffect(() => {
    const d = ref.current;
    const before = document.activeElement as HTMLElement | null;
    d?.showModal();
    d?.querySelector<HTMLElement>('[autofocus]')?.focus();
    return () => {
      d?.close();
      before?.focus?.();
    };
  }, []);
  useKeys({ 'Mod+Enter': () => ref.current?.querySelector('form')?.requestSubmit() }, true);
  return (
    <dialog
      ref={ref}
      class={`dialog dialog-${p.width ?? 'm'}`}
      aria-labelledby="dialog-title"
      onCancel={(e) => {
        e.preventDefault();
        close();
      }}
      onMouseDown={(e) => e.target === ref.current && close()}
    >
      <form
        class="dialog-box"
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          p.onSubmit?.(e);
        }}
      >
        <header class="dialog-head">
          <div>
            <h2 id="dialog-title">{p.title}</h2>
            {p.subtitle && <p class="note">{p.subtitle}</p>}
          </div>
          <span class="push">{p.head}</span>
          <IconButton icon="X" label={t('common.close')} onClick={close} />
        </header>
        <div class={`dialog-body ${p.side ? 'has-side' : ''}`}>
          <div class="dialog-main">{p.children}</div>
          {p.side && <aside class="dialog-side">{p.side}</aside>}
        </div>
        {(p.actions || p.note) && (
          <footer class="dialog-foot">
            <span class="note">{p.note}</span>
            <span class="push dialog-actions">{p.actions}</span>
          </footer>
        )}
      </form>
    </dialog>
  );
}

/** Only what cannot be undone asks first, and names the consequence. */
export function Confirm({ title, text, verb, keep, run }: { title: string; text: string; verb: string; keep?: string; run: () => Promise<unknown> }) {
  const form = useForm({});
  const submit = form.submit(async () => {
    await run();
    closeDialog();
  });
  return (
    <Dialog
      width="s"
      title={title}
      onSubmit={submit}
      actions={
        <>
          <Button kind="ghost" size="l" onClick={closeDialog}>
            {keep ?? t('common.cancel')}
          </Button>
          <Button kind="danger" size="l" type="submit" busy={form.busy}>
            {verb}
          </Button>
        </>
      }
    >
      <p>{text}</p>
      {form.rest().map((m) => (
        <Banner key={m} tone="neg">
          {m}
        </Banner>
      ))}
    </Dialog>
  );
}

export const confirm = (p: { title: string; text: string; verb: string; keep?: string; run: () => Promise<unknown> }): void => openDialog(<Confirm {...p} />);

/** A step that both sides remember with its reason. */
export function Because({ title, text, verb, run }: { title: string; text?: string; verb: string; run: (reason: string, key: string) => Promise<unknown> }) {
  const form = useForm({ reason: '' });
  const submit = form.submit(async (v, key) => {
    form.need(v.reason.trim() !== '', 'reason');
    await run(v.reason, key);
    closeDialog();
  });
  return (
    <Dialog title={title} onSubmit={submit} note={text} actions={<FormActions verb={verb} busy={form.busy} />}>
      <FormErrors form={form} />
      <Area label={t('deal.reason')} rows={2} value={form.values.reason} onChange={(v) => form.set('reason', v)} error={form.error('reason')} focus />
    </Dialog>
  );
}
export const askWhy = (p: Parameters<typeof Because>[0]): void => openForm(<Because {...p} />);

/** The usual pair at the foot of a form dialog. */
export function FormActions({ verb, busy, disabled, why, icon }: { verb: string; busy?: boolean; disabled?: boolean; why?: string; icon?: 'Send' | 'Check' }) {
  return (
    <>
      <Button kind="ghost" size="l" onClick={closeDialog}>
        {t('common.cancel')}
      </Button>
      <Button kind="primary" size="l" type="submit" busy={busy} disabled={disabled} why={why} icon={icon}>
        {verb}
      </Button>
    </>
  );
}
