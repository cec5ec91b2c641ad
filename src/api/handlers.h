// SPDX-License-Identifier: Apache-2.0
// Handlers of special routes, by file. The table in special.c is the only place that names them together.
#ifndef ENTENTE_API_HANDLERS_H
#define ENTENTE_API_HANDLERS_H
#include "api/call.h"

#define HANDLER(name) MUST_USE enum err name(struct call *c);
// session.c
HANDLER(session_login)
HANDLER(session_read)
HANDLER(session_logout)
HANDLER(session_revoke_all)
// people.c
HANDLER(users_list)
HANDLER(user_patch)
HANDLER(user_password)
HANDLER(user_password_link)
HANDLER(sessions_list)
HANDLER(session_end)
HANDLER(tokens_list)
HANDLER(token_create)
HANDLER(token_revoke)
HANDLER(invitations_list)
HANDLER(invitation_create)
HANDLER(invitation_withdraw)
HANDLER(invitation_accept)
// companies.c
HANDLER(companies_list)
HANDLER(company_patch)
HANDLER(calendar_read)
HANDLER(calendar_write)
HANDLER(partners_list)
// agreements.c
HANDLER(agreement_post)
HANDLER(agreement_patch)
HANDLER(agreement_post_propose)
HANDLER(agreement_post_counter)
HANDLER(agreement_post_accept)
HANDLER(agreement_post_reject)
HANDLER(agreement_post_suspend)
HANDLER(agreement_post_resume)
HANDLER(agreement_post_end)
HANDLER(agreement_get_versions)
HANDLER(agreement_get_document)
HANDLER(agreement_get_diff)
// leads.c
HANDLER(account_handover)
HANDLER(lead_post)
HANDLER(lead_receive)
HANDLER(lead_accept)
HANDLER(lead_decline)
HANDLER(lead_reach)
HANDLER(lead_qualify)
HANDLER(lead_quote)
HANDLER(lead_withdraw)
HANDLER(lead_withdraw_consent)
HANDLER(lead_duplicate)
HANDLER(lead_why)
// board.c
HANDLER(board_read)
// deals.c
HANDLER(deal_read)
HANDLER(deal_get_stage)
HANDLER(deal_post_claim)
HANDLER(deal_post_win)
HANDLER(deal_post_lose)
HANDLER(deal_post_reopen)
HANDLER(deal_get_settlement)
HANDLER(deal_post_settle)
HANDLER(contribution_cosign)
HANDLER(account_orders_by_quarter)
// sharing.c
HANDLER(members_list)
HANDLER(seen_by_list)
HANDLER(member_add)
HANDLER(member_remove)
// statements.c
HANDLER(statement_post_approve)
HANDLER(statement_post_dispute)
HANDLER(statement_post_withdraw)
HANDLER(statement_post_pay)
HANDLER(statement_post_reverse)
HANDLER(statement_document)
HANDLER(statement_csv)
// log.c
HANDLER(log_checkpoint)
HANDLER(log_entries)
HANDLER(log_proof)
HANDLER(log_consistency)
HANDLER(events_stream)
// imports.c
HANDLER(import_create_one)
HANDLER(import_read_one)
HANDLER(import_patch)
HANDLER(import_post_check)
HANDLER(import_post_run)
HANDLER(import_post_undo)
HANDLER(import_errors)
HANDLER(import_conflicts_list)
// today.c
HANDLER(today_read)
HANDLER(deal_get_guidance)
// misc.c
HANDLER(meta_read)
HANDLER(openapi_read)
HANDLER(search_all)
HANDLER(export_csv)
HANDLER(contacts_all)
HANDLER(contact_erase)
#undef HANDLER
const char *session_cookie_name(const struct call *c);
str session_secret(const struct call *c);  // what the cookie holds, or STR_NULL
#endif
