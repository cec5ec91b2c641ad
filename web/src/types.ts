// SPDX-License-Identifier: Apache-2.0
// Shapes of what the API answers. A field that is absent is hidden from the viewer, so nearly everything is optional.

export interface Money { amount: string; currency: string }
export type Id = string;

export interface Rec {
  id: Id;
  company?: Id;
  created_at?: string;
  updated_at?: string;
  names?: Names;
  [field: string]: unknown;
}

export interface Name { name: string; short?: string; company?: Id }
export type Names = Record<Id, Name>;

export interface Page<T> { items: T[]; next?: string | null; names?: Names }

export interface Session {
  user: { id: Id; name: string; email?: string; role: string; lang?: string; theme?: string };
  company: { id: Id; name: string; short?: string; currency?: string };
  csrf: string;
  hub?: { name: string };
}

export interface Company extends Rec { name: string; short?: string; country?: string; currency?: string }
export interface User extends Rec { name: string; email?: string; role?: string; active?: boolean; lang?: string; theme?: string; capacity?: number }

export interface Account extends Rec {
  name: string;
  full_name?: string; domain?: string; country?: string; region?: string; city?: string; address?: string; postal_code?: string;
  phone?: string; industry?: string; tax_number?: string; register_number?: string; size?: number; owner?: Id; notes?: string;
  budget_closes?: string;
}
export interface Contact extends Rec {
  name: string; account?: Id; root?: Id; title?: string; email?: string; phone?: string; chat?: string; lang?: string; notes?: string;
}
export interface Order extends Rec {
  order_no?: string; ordered_on?: string; product?: Id; product_name?: string; quantity?: number; unit_price?: Money; discount?: string; total?: Money;
}
export interface Deal extends Rec {
  name: string; account?: Id; amount?: Money | null; need?: string; stage?: string; claimed_stage?: string | null; claim_reason?: string | null; outcome?: string; closed_on?: string;
  owner?: Id; next_step?: string; next_step_on?: string; expected_on?: string; lead?: Id; agreement?: Id; lead_company?: Id; customer?: string; won_amount?: Money | null; notes?: string;
}
export type MarkerState = 'proven' | 'claimed' | 'open' | 'contradicted' | 'faded';
export interface Marker { marker: string; state: MarkerState; basis?: string; source?: string; on?: string; evidence?: Id }
export interface StageRow { stage: string; proven: number; claimed: number; total: number; markers: Marker[] }
export interface Because { code: string; text?: string; args?: Record<string, unknown> }
export interface StageAnswer {
  result: { proven?: string; claimed?: string | null; stages: StageRow[]; missing?: string[]; blind_spots?: string[] };
  because?: Because[]; unknown?: unknown[];
}
export interface Advice { action: string; text?: string; why?: string; when?: string }
export interface Guidance {
  result: { right?: Advice[]; early?: Advice[]; harmful?: Advice[]; late?: Advice[] };
  because?: Because[]; unknown?: { code?: string; text?: string }[];
}
export interface Activity extends Rec { kind?: string; summary?: string; at?: string; person?: string; minutes?: number; result?: string; actor?: Id; audience?: string }
export interface Task extends Rec { title?: string; owner_company?: Id; owner?: Id; due_on?: string; state?: string; kind?: string; audience?: string }
export interface Comment extends Rec { text?: string; author?: Id; actor?: Id; created_by?: Id; audience?: string }
export interface Evidence extends Rec { marker?: string; basis?: string; status?: string; source?: string; seen_on?: string; note?: string; created_by?: Id; audience?: string }
export interface Contribution extends Rec { party?: Id; person?: Id | null; fact?: Id; role?: string; share?: string; note?: string; cosigned_by?: Id | null; cosigned_at?: string | null }
export interface Grant extends Rec {
  grant?: Id; fieldset?: string; fields?: string[]; ops?: string | string[]; from?: string; until?: string | null; accepted_at?: string | null; revoked_at?: string | null;
}
export interface Lead extends Rec {
  state: string; sender?: Id; receiver?: Id; need?: string; need_text?: string; industry?: string; region?: string; size?: string | number;
  value_low?: Money; value_high?: Money; warmth?: string; interest?: string; script?: string; account?: Id;
  account_name?: string; contact_name?: string; contact_email?: string; contact_phone?: string; contact_title?: string; account_address?: string; comment?: string | null;
  response_minutes?: number; sent_at?: string; protected_until?: string | null; reward_rate?: string; previous?: Id | null;
  credited?: Id; deadline_at?: string | null; clock?: number | null; agreement?: Id; agreement_version?: number; agreement_hash?: string;
  deal?: Id | null; accepted_at?: string | null; reason?: string | null; tried?: Id[] | string; next?: Id | null;
}
export interface Consent extends Rec {
  given_by?: string; given_at?: string; channel?: string; recipient?: Id; purpose?: string; data?: string; words?: string; withdrawn_at?: string | null; withdrawn_words?: string | null;
}
export interface Agreement extends Rec {
  other?: Id; state: string; kind?: string; title?: string; current_version?: number; active_from?: string; active_until?: string; active_version?: number | null; suspended_by?: Id | null; end_reason?: string | null;
}
export interface Version {
  version: number; by_company?: Id; by_user?: Id; at?: string; hash: string;
  document?: { terms?: Record<string, unknown>; splits?: Split[]; [k: string]: unknown };
  acceptances?: { company: Id; user?: Id; at?: string; hash?: string }[];
}
export interface Split { party: Id; role?: string; label?: string | null; person?: Id | null; share: string }
export interface Diff {
  terms: { term: string; label?: string; before: unknown; after: unknown; changed?: boolean; asked_by?: Id }[];
  splits_before?: Split[]; splits_after?: Split[];
}
export interface Statement extends Rec {
  number?: string; deal?: Id; agreement?: Id; agreement_version?: number; payer?: Id; payee?: Id; currency?: string; state: string; total?: Money;
  prepared_by?: Id; approved_by?: Id | null; approved_at?: string | null; locked_at?: string | null; document_hash?: string; deal_name?: string; reverses?: Id | null; dispute?: string | null; payment_reference?: string | null;
  paid_on?: string | null;
}
export interface Posting extends Rec {
  line?: number; party?: Id; person?: Id | null; payee?: Id; role?: string; kind?: string; amount?: Money; rate?: string; base?: Money; because?: Because[] | string;
}
export interface TodayAction { kind: string; title: string; why?: string; record?: Id; minutes?: number; weight?: number; amount?: Money | null; due?: string | null; deadline_at?: string | null; company?: Id | null; account?: Id | null; deal?: Id | null }
export interface Today {
  actions: TodayAction[];
  clocks: { lead: Id; title: string; value?: Money | string; company?: Id; deadline_at?: string; share_left?: number; clock?: number; direction?: string }[];
  promises: { id?: Id; task?: Id; deal?: Id; record?: Id; title: string; due_on?: string; due?: string; company?: Id; owner_company?: Id }[];
  quiet: { deal: Id; days: number; name?: string; account?: Id }[];
  question: { text: string; why?: string; record?: Id } | null;
  counts?: { today?: number; leads?: number };
  names?: Names;
}
export interface Card extends Rec {
  name: string; account?: Id; amount?: Money | null; claimed_stage?: string | null; outcome?: string; owner?: Id; next_step?: string; next_step_on?: string; lead_company?: Id; customer?: string;
  stage?: string | { proven?: string; claimed?: string; markers?: Marker[]; stages?: StageRow[] };
  markers?: Marker[]; stages?: StageRow[]; companies?: Id[]; next?: { text?: string; kind?: string; tone?: string } | string | null;
}
export interface Board { columns: { stage: string; items: Card[] }[]; names?: Names }
export interface Partner {
  id: Id; name?: string; agreement?: Id | null; given?: number; received?: number; won?: number; open?: number; [k: string]: unknown;
}
export interface Proposal {
  company: Id; agreement?: Id; version?: number; hash?: string; score?: number; because?: Because[];
  terms?: { reward_rate?: string; response_minutes?: number; protection_days?: number; hash?: string };
}
export interface Handover {
  proposals: Proposal[]; why_not?: { company: Id; because?: Because[] }[]; needs?: string[]; names?: Names;
}
export interface ImportJob extends Rec {
  state: string; entity?: string; filename?: string; header?: string[]; mapping?: Record<string, string | null>; preview?: string[][]; rows?: number;
  fields?: (string | { name: string; label?: string })[];
  read?: number; created?: number; updated?: number; unchanged?: number; skipped?: number; failed?: number;
  progress?: { done: number; total: number }; errors_sample?: { row: number; column?: string; reason: string }[]; conflicts?: { id: Id; name?: string }[];
}
export interface SearchHit { entity: string; id: Id; title: string; subtitle?: string; company?: Id }
export interface MetaField { name: string; label: string; kind: string; required?: boolean; max?: number; enum?: string; ref?: string; flags?: string[] | number }
export interface Meta {
  entities: { name: string; label: string; plural: string; fields: MetaField[] }[];
  vocab: Record<string, { name: string; label: string }[]>;
  reasons?: Record<string, string>;
}
