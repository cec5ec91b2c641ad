// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.h"

#include <assert.h>
#include <stdlib.h>

#include "api/call.h"
#include "model/derive.h"

// Schemas of special bodies and answers. JSON, one a name; the model adds one group a record type.
#define STR "{\"type\":\"string\"}"
#define STRN "{\"type\":[\"string\",\"null\"]}"
#define INT "{\"type\":\"integer\"}"
#define BOOL "{\"type\":\"boolean\"}"
#define ANY "{\"type\":\"object\"}"
#define MONEY_IN                                                                                                               \
  "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"amount\",\"currency\"],\"properties\":{\"amount\":" STR \
  ",\"currency\":" STR "}}"
#define MONEYN "{\"oneOf\":[{\"type\":\"null\"}," MONEY_IN "]}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"
#define OBJ(props) "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{" props "}}"
#define OBJR(req, props) "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" req "],\"properties\":{" props "}}"
#define ITEMS(of) OBJR("\"items\"", "\"items\":" LIST(of))
#define REASON_ONE \
  OBJR("\"code\"", "\"code\":" STR ",\"args\":" LIST(STR) ",\"weight\":" INT ",\"refs\":" LIST(STR) ",\"text\":" STR)
#define BECAUSE LIST(REASON_ONE)
#define ADVICE \
  LIST(OBJR("\"action\",\"text\"", "\"action\":" STR ",\"text\":" STR ",\"why\":" STRN ",\"when\":" STRN ",\"because\":" BECAUSE))
#define NAMES "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\"}}"
#define GRANT                                                    \
  OBJR("\"grant\",\"company\",\"fieldset\"",                     \
       "\"grant\":" STR ",\"company\":" STR ",\"fieldset\":" STR \
       ",\"fields\":" LIST(STR) ",\"ops\":" LIST(STR) ",\"from\":" STR ",\"until\":" STRN ",\"revoked_at\":" STRN)
#define TERMS "{\"$ref\":\"#/components/schemas/agreement_version_create\"}"
#define TERMS_PATCH "{\"$ref\":\"#/components/schemas/agreement_version_patch\"}"
#define SPLITS LIST("{\"$ref\":\"#/components/schemas/split_line_create\"}")

static const struct {
  const char *name, *schema;
} schemas[] = {
  {"Problem",
   OBJR("\"type\",\"title\",\"status\",\"code\"",
        "\"type\":" STR ",\"title\":" STR ",\"status\":" INT ",\"detail\":" STR ",\"code\":" STR ",\"request_id\":" STR
        ",\"errors\":" LIST(OBJR("\"pointer\",\"code\",\"message\"", "\"pointer\":" STR ",\"code\":" STR ",\"message\":" STR)))},
  {"Empty", OBJ("")},
  {"Reason", OBJR("\"reason\"", "\"reason\":" STR)},
  {"ReasonMaybe", OBJ("\"reason\":" STRN)},
  {"Login", OBJR("\"login\",\"password\"", "\"login\":" STR ",\"password\":" STR)},
  {"Session", OBJR("\"user\",\"company\",\"csrf\"",
                   "\"user\":" ANY ",\"company\":" ANY ",\"csrf\":" STRN ",\"expires_at\":" STR ",\"hub\":" ANY)},
  {"PasswordChange", OBJR("\"current\",\"password\"", "\"current\":" STR ",\"password\":" STR)},
  {"CurrentPassword", OBJR("\"current\"", "\"current\":" STR)},
  {"SessionList",
   ITEMS(OBJR("\"id\",\"created_at\",\"last_at\",\"expires_at\",\"current\"",
              "\"id\":" STR ",\"created_at\":" STR ",\"last_at\":" STR ",\"expires_at\":" STR ",\"current\":" BOOL))},
  {"TokenList", ITEMS(OBJR("\"id\",\"name\"", "\"id\":" STR ",\"name\":" STR ",\"scopes\":" LIST(STR) ",\"created_at\":" STR
                                                                                                      ",\"expires_at\":" STR))},
  {"TokenCreate",
   OBJR("\"name\"", "\"name\":" STR ",\"scopes\":" LIST("{\"enum\":[\"read\",\"write\"]}") ",\"expires_at\":" STRN)},
  {"TokenCreated", OBJR("\"id\",\"token\"", "\"id\":" STR ",\"name\":" STR ",\"token\":" STR ",\"expires_at\":" STR)},
  {"InvitationList", ITEMS(OBJR("\"id\",\"email\"", "\"id\":" STR ",\"email\":" STR ",\"name\":" STR ",\"role\":" STR
                                                    ",\"created_at\":" STR ",\"expires_at\":" STR))},
  {"InvitationCreate", OBJR("\"email\",\"name\",\"role\"", "\"email\":" STR ",\"name\":" STR ",\"role\":" STR ",\"lang\":" STR)},
  {"InvitationCreated", OBJR("\"id\",\"link_token\"", "\"id\":" STR ",\"email\":" STR ",\"link_token\":" STR)},
  {"InvitationAccept", OBJR("\"token\",\"password\"", "\"token\":" STR ",\"password\":" STR)},
  {"Calendar",
   OBJ("\"utc_offset_minutes\":" INT
       ",\"week\":" LIST(OBJR("\"day\",\"from\",\"to\"", "\"day\":" INT ",\"from\":" STR ",\"to\":" STR)) ",\"exceptions\":" LIST(
         OBJR("\"on\"", "\"on\":" STR ",\"closed\":" BOOL ",\"from\":" STR ",\"to\":" STR)))},
  {"PartnerList",
   ITEMS("{\"type\":\"object\",\"required\":[\"id\",\"given\",\"received\"],\"properties\":{\"id\":" STR ",\"name\":" STR
         ",\"agreement\":" STRN ",\"given\":" INT ",\"received\":" INT ",\"won\":" INT ",\"open\":" INT "}}")},
  {"AgreementCreate", OBJR("\"other\",\"title\",\"terms\"",
                           "\"other\":" STR ",\"title\":" STR ",\"kind\":" STR ",\"terms\":" TERMS ",\"splits\":" SPLITS)},
  {"AgreementChange", OBJ("\"title\":" STR ",\"kind\":" STR ",\"terms\":" TERMS_PATCH ",\"splits\":" SPLITS)},
  {"AgreementCounter", OBJ("\"terms\":" TERMS_PATCH ",\"splits\":" SPLITS)},
  {"AgreementAccept", OBJR("\"version\",\"hash\"", "\"version\":" INT ",\"hash\":" STR)},
  {"AgreementVersions",
   OBJR("\"items\"",
        "\"items\":" LIST(OBJR("\"version\",\"hash\",\"document\"",
                               "\"version\":" INT ",\"by_company\":" STR ",\"by_user\":" STRN ",\"at\":" STR ",\"hash\":" STR
                               ",\"document\":{\"$ref\":\"#/components/schemas/AgreementDocument\"},\"acceptances\":" LIST(OBJ(
                                 "\"company\":" STR ",\"user\":" STR ",\"at\":" STR ",\"hash\":" STR)))) ",\"names\":" NAMES)},
  {"AgreementDocument",
   "{\"type\":\"object\",\"required\":[\"format\",\"agreement\",\"parties\",\"terms\",\"splits\"],\"properties\":{\"format\":" STR
   ",\"agreement\":" STR ",\"parties\":" LIST(ANY) ",\"terms\":" ANY ",\"splits\":" LIST(ANY) "}}"},
  {"AgreementDiff",
   OBJR("\"terms\"",
        "\"terms\":" LIST(OBJR("\"term\",\"changed\"",
                               "\"term\":" STR ",\"label\":" STR ",\"kind\":" STR ",\"before\":{},\"after\":{},\"changed\":" BOOL
                               ",\"asked_by\":" STRN)) ",\"splits_before\":" LIST(ANY) ",\"splits_after\":" LIST(ANY))},
  {"ContactErase", OBJR("\"confirm\"", "\"confirm\":{\"const\":true}")},
  {"ContactErased",
   OBJR("\"records\",\"entries\",\"imports\",\"partners\",\"files_clean\"",
        "\"records\":" INT ",\"entries\":" INT ",\"imports\":" INT ",\"partners\":" LIST(STR) ",\"files_clean\":" BOOL)},
  {"Handover", OBJR("\"needs\",\"proposals\",\"why_not\"",
                    "\"needs\":" LIST(STR) ",\"proposals\":" LIST(OBJR(
                      "\"company\",\"agreement\",\"version\",\"score\",\"because\",\"terms\"",
                      "\"company\":" STR ",\"name\":" STR ",\"agreement\":" STR ",\"version\":" INT ",\"class\":" STRN
                      ",\"score\":" INT ",\"answer_by\":" STR ",\"because\":" BECAUSE
                      ",\"terms\":" ANY)) ",\"why_not\":" LIST(OBJR("\"company\",\"because\"", "\"company\":" STR ",\"name\":" STR
                                                                                               ",\"because\":" BECAUSE)))},
  {"OrdersByQuarter",
   OBJR("\"currency\",\"quarters\"", "\"currency\":" STRN ",\"quarters\":" LIST(
                                       OBJR("\"quarter\",\"total\"", "\"quarter\":" STR ",\"total\":" MONEY_IN
                                                                     ",\"orders\":" INT)) ",\"last_four_quarters\":" MONEYN)},
  {"Board", OBJR("\"columns\"", "\"columns\":" LIST(OBJR("\"stage\",\"items\"", "\"stage\":" STR ",\"items\":" LIST(
                                                                                  ANY))) ",\"next\":" STRN ",\"names\":" NAMES)},
  {"MemberList", OBJR("\"lead_company\",\"items\"", "\"lead_company\":" STR ",\"items\":" LIST(GRANT) ",\"fieldsets\":" LIST(
                                                      OBJ("\"name\":" STR ",\"fields\":" LIST(STR))) ",\"names\":" NAMES)},
  {"SeenBy", OBJR("\"items\"", "\"items\":" LIST(OBJR(
                                 "\"company\",\"entity\",\"day\"",
                                 "\"company\":" STR ",\"user\":" STRN ",\"entity\":" STR ",\"fieldset\":" STR ",\"fields\":" LIST(
                                   STR) ",\"day\":" STR
                                        ",\"at\":" STR)) ",\"people\":{\"type\":\"object\",\"additionalProperties\":" STR "}")},
  {"MemberCreate", OBJR("\"company\",\"fieldset\"", "\"company\":" STR ",\"fieldset\":" STR ",\"until\":" STRN)},
  {"LeadSend", OBJR("\"account\",\"need\",\"consent\"",
                    "\"account\":" STR ",\"contact\":" STRN ",\"receiver\":" STRN ",\"need\":" STR ",\"need_text\":" STRN
                    ",\"industry\":" STRN ",\"region\":" STRN ",\"size\":{\"type\":[\"integer\",\"null\"]},\"value_low\":" MONEYN
                    ",\"value_high\":" MONEYN ",\"interest\":" STRN ",\"warmth\":" STRN ",\"script\":" STRN ",\"consent\":" OBJR(
                      "\"given_by\",\"given_at\",\"channel\",\"recipient\",\"purpose\",\"data\"",
                      "\"given_by\":" STR ",\"given_at\":" STR ",\"channel\":" STR ",\"basis\":" STR ",\"recipient\":" STR
                      ",\"also\":" LIST(STR) ",\"purpose\":" STR ",\"data\":" STR ",\"words\":" STRN ",\"lang\":" STRN
                                             ",\"proof\":" STRN ",\"withdrawn_at\":" STRN))},
  {"LeadAccept", OBJR("\"agreement\",\"version\",\"hash\"", "\"agreement\":" STR ",\"version\":" INT ",\"hash\":" STR)},
  {"LeadDecline", OBJR("\"reason\"", "\"reason\":" STR ",\"comment\":" STRN)},
  {"ConsentWithdraw", OBJ("\"recipient\":" STRN ",\"words\":" STRN)},
  {"LeadDuplicate", OBJR("\"proof\"", "\"proof\":" STR ",\"comment\":" STRN)},
  {"LeadWhy", OBJR("\"receiver\",\"because\"",
                   "\"receiver\":" STRN ",\"because\":" BECAUSE ",\"tried\":" LIST(OBJ("\"company\":" STR ",\"name\":" STR)))},
  {"RuleAnswer", OBJR("\"result\",\"because\"", "\"result\":" ANY ",\"because\":" BECAUSE)},
  {"Guidance",
   OBJR("\"result\",\"because\",\"unknown\"",
        "\"result\":" OBJR("\"stage\",\"position\",\"right\",\"early\",\"late\",\"harmful\"",
                           "\"stage\":" STR ",\"position\":" STR ",\"next_sign\":" STRN ",\"right\":" ADVICE ",\"early\":" ADVICE
                           ",\"late\":" ADVICE
                           ",\"harmful\":" ADVICE) ",\"because\":" BECAUSE
                                                   ",\"unknown\":" LIST(OBJ("\"pointer\":" STR ",\"could_change_to\":" STRN)))},
  {"Today",
   OBJR(
     "\"actions\",\"clocks\",\"promises\",\"quiet\",\"question\",\"counts\",\"names\"",
     "\"actions\":" LIST(
       OBJR(
         "\"kind\",\"title\",\"args\",\"record\",\"weight\"", "\"kind\":" STR
                                                              ",\"title\":" STR ",\"args\":" LIST(STR) ",\"why\":" STRN
                                                                                                       ",\"record\":" STR
                                                                                                       ",\"deal\":" STRN
                                                                                                       ",\"account\":" STRN
                                                                                                       ",\"company\":" STRN
                                                                                                       ",\"amount\":" MONEYN ",\"due\":" STRN ",\"deadline_at\":" STRN ",\"minutes\":" INT ",\"weight\":" INT)) ",\"clocks\":" LIST(OBJR("\"lead\",\"title\",\"deadline_at\"", "\"lead\":" STR ",\"title\":" STR ",\"value\":" MONEYN ",\"company\":" STR ",\"deadline_at\":" STR ",\"clock\":" INT ",\"share_left\":{\"type\":\"number\"}")) ",\"promises\":" LIST(OBJR("\"task\",\"deal\",\"title\"",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "\"task\":" STR
                                                                                                                                                                                                                                                                                                                                                                                                                                                                         ",\"deal\":" STR
                                                                                                                                                                                                                                                                                                                                                                                                                                                                         ",\"title\":" STR
                                                                                                                                                                                                                                                                                                                                                                                                                                                                         ",\"owner_company\":" STRN
                                                                                                                                                                                                                                                                                                                                                                                                                                                                         ",\"owner\":" STRN ",\"due_on\":" STRN)) ",\"quiet\":" LIST(OBJR("\"deal\",\"days\"", "\"deal\":" STR
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               ",\"name\":" STRN ",\"account\":" STRN
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               ",\"stage\":" STRN
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               ",\"amount\":" MONEYN
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               ",\"days\":" INT)) ",\"question\":{\"oneOf\":[{\"type\":\"null\"}," OBJR("\"kind\",\"text\",\"record\",\"marker\"", "\"kind\":" STR
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   ",\"text\":" STR
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   ",\"args\":" LIST(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     STR) ",\"why\":" STRN ",\"record\":" STR ",\"marker\":" STR) "]}"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  ",\"counts\":" OBJR(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "\"today\",\"leads\"",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "\"today\":" INT
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    ",\"leads\":" INT) ",\"names\":" NAMES)},
  {"DealClaim", OBJ("\"stage\":" STRN ",\"why\":" STRN)},
  {"DealWin", OBJR("\"amount\"", "\"amount\":" MONEY_IN ",\"closed_on\":" STRN)},
  {"DealSettle", OBJ("\"agreement\":" STRN)},
  {"DealLose", OBJR("\"outcome\",\"reason\"", "\"outcome\":" STR ",\"reason\":" STR ",\"closed_on\":" STRN)},
  {"SettlementEstimate", OBJR("\"agreement\",\"result\",\"because\"",
                              "\"agreement\":" STR ",\"agreement_version\":" INT ",\"result\":" ANY ",\"because\":" BECAUSE)},
  {"StatementPay", OBJR("\"reference\",\"paid_on\"", "\"reference\":" STR ",\"paid_on\":" STR)},
  {"StatementDocument",
   "{\"type\":\"object\",\"required\":[\"format\",\"rule\",\"version\",\"input\",\"result\"],\"properties\":{\"format\":" STR
   ",\"rule\":" STR ",\"version\":" INT ",\"input\":" ANY ",\"result\":" ANY "}}"},
  {"Import",
   "{\"type\":\"object\",\"required\":[\"id\",\"entity\",\"state\",\"header\",\"mapping\",\"preview\",\"rows\",\"fields\",\"read\",\"progress\"],\"properties\":{"
   "\"id\":" STR ",\"entity\":" STR ",\"state\":" STR ",\"filename\":" STRN ",\"header\":" LIST(
     STR) ",\"mapping\":{\"type\":\"object\",\"additionalProperties\":" STRN
          "},\"preview\":" LIST(LIST(STR)) ",\"rows\":" INT ",\"fields\":" LIST(OBJR(
            "\"name\",\"label\",\"required\"",
            "\"name\":" STR ",\"label\":" STR
            ",\"required\":" BOOL)) ",\"read\":" INT ",\"created\":" INT ",\"updated\":" INT ",\"unchanged\":" INT
                                    ",\"skipped\":" INT ",\"failed\":" INT
                                    ",\"progress\":" OBJR("\"done\",\"total\"", "\"done\":" INT ",\"total\":" INT ",\"undo\":" BOOL) ",\"errors_sample\":" LIST(
                                      OBJR("\"row\",\"reason\"",
                                           "\"row\":" INT ",\"column\":" STRN ",\"code\":" STR
                                           ",\"reason\":" STR)) ",\"conflicts\":" LIST(OBJR("\"id\"",
                                                                                            "\"id\":" STR ",\"name\":" STRN
                                                                                            ",\"row\":" INT)) "}}"},
  {"ImportMapping", OBJR("\"mapping\"", "\"mapping\":{\"type\":\"object\",\"additionalProperties\":" STRN "}")},
  {"ImportConflicts",
   OBJR("\"items\",\"all\"", "\"items\":" LIST(OBJR("\"id\",\"entity\"", "\"id\":" STR ",\"entity\":" STR ",\"name\":" STRN
                                                                         ",\"row\":" INT)) ",\"all\":" INT)},
  {"LogEntries", ITEMS(OBJR("\"seq\",\"leaf\"", "\"seq\":" INT ",\"leaf\":" ANY))},
  {"InclusionProof", ANY},
  {"ConsistencyProof", ANY},
  {"Meta", ANY},
  {"OpenApi", ANY},
  {"SearchResult", OBJR("\"items\"", "\"items\":" LIST(OBJR("\"entity\",\"id\"",
                                                            "\"entity\":" STR ",\"id\":" STR ",\"root\":" STRN ",\"title\":" STRN
                                                            ",\"subtitle\":" STRN ",\"company\":" STR)) ",\"names\":" NAMES)},
};

static void key_text(struct jw *w, const char *key, const char *value) {
  jw_key(w, str_of(key));
  jw_string(w, str_of(value));
}

static void write_content(struct jw *w, const char *schema) {
  bool plain = strchr(schema, '/') != NULL;
  jw_key(w, S("content"));
  jw_object(w);
  jw_key(w, plain ? str_of(schema) : S("application/json"));
  jw_object(w);
  jw_key(w, S("schema"));
  jw_object(w);
  if (plain) {
    key_text(w, "type", "string");
  } else {
    AUTO(buf_release) struct buf ref = BUF(200);
    buf_fmt(&ref, "#/components/schemas/%s", schema);
    key_text(w, "$ref", buf_z(&ref));
  }
  jw_end_object(w);
  jw_end_object(w);
  jw_end_object(w);
}

static void write_parameter(struct jw *w, const char *name, const char *in, const char *type, bool required) {
  jw_object(w);
  key_text(w, "name", name);
  key_text(w, "in", in);
  jw_key(w, S("required"));
  jw_bool(w, required);
  jw_key(w, S("schema"));
  jw_object(w);
  key_text(w, "type", type);
  jw_end_object(w);
  jw_end_object(w);
}

static const struct {
  const char *op, *name;
} query_parameters[] = {
  {"get_deal", "as"},
  {"estimate_settlement", "agreement"},
  {"agreement_diff", "from"},
  {"agreement_diff", "to"},
  {"handover", "need"},
  {"log_entries", "record"},
  {"log_entries", "before"},
  {"log_entries", "limit"},
  {"log_proof", "record"},
  {"log_proof", "op"},
  {"log_proof", "seq"},
  {"log_proof", "epoch"},
  {"log_consistency", "from"},
  {"log_consistency", "to"},
  {"log_consistency", "origin"},
  {"search", "q"},
  {"search", "limit"},
  {"meta", "lang"},
  {"create_import", "entity"},
  {"create_import", "filename"},
  {"list_all_contact", "q"},
  {"list_all_contact", "limit"},
  {"list_all_contact", "cursor"},
};

static void write_parameters(struct jw *w, const struct route *r) {
  jw_key(w, S("parameters"));
  jw_array(w);
  str rest = str_of(r->path), part;
  while (str_next(&rest, '/', &part))
    if (part.n && part.p[0] == '{') {
      AUTO(buf_release) struct buf name = BUF(64);
      buf_put(&name, str_sub(part, 1, part.n - 2));
      write_parameter(w, buf_z(&name), "path", "string", true);
    }
  for (size_t i = 0; i < ARRAY_LEN(query_parameters); i++)
    if (!strcmp(query_parameters[i].op, r->op)) write_parameter(w, query_parameters[i].name, "query", "string", false);
  if (r->fn == crud_list || r->fn == crud_children) {
    write_parameter(w, "limit", "query", "integer", false);
    write_parameter(w, "cursor", "query", "string", false);
  }
  if (r->fn == crud_list) {
    write_parameter(w, "sort", "query", "string", false);
    write_parameter(w, "q", "query", "string", false);
  }
  if (r->flags & R_IF_MATCH) write_parameter(w, "If-Match", "header", "string", true);
  if (r->method == M_POST && !(r->flags & R_PUBLIC))
    write_parameter(w, "Idempotency-Key", "header", "string", (r->flags & R_IDEMPOTENT) != 0);
  jw_end_array(w);
}

// The first segment of the path groups operations.
static str tag_of(const struct route *r) {
  str head, tail;
  str_cut(str_sub(str_of(r->path), 1, SIZE_MAX), '/', &head, &tail);
  return head;
}

static void write_tags(struct jw *w) {
  size_t n = 0;
  const struct route *r = route_list(&n);
  jw_key(w, S("tags"));
  jw_array(w);
  for (size_t i = 0; i < n; i++) {
    bool first = true;
    for (size_t k = 0; k < i; k++) first &= !str_eq(tag_of(&r[k]), tag_of(&r[i]));
    if (!first) continue;
    jw_object(w);
    jw_key(w, S("name"));
    jw_string(w, tag_of(&r[i]));
    jw_end_object(w);
  }
  jw_end_array(w);
}

static void write_operation(struct jw *w, const struct route *r) {
  static const char *const names[] = {"get", "head", "post", "put", "patch", "delete", "options"};
  jw_key(w, str_of(names[r->method]));
  jw_object(w);
  key_text(w, "operationId", r->op);
  key_text(w, "summary", r->summary);
  jw_key(w, S("tags"));
  jw_array(w);
  jw_string(w, tag_of(r));
  jw_end_array(w);
  if (r->flags & R_PUBLIC) {
    jw_key(w, S("security"));
    jw_array(w);
    jw_end_array(w);
  }
  write_parameters(w, r);
  if (r->request) {
    jw_key(w, S("requestBody"));
    jw_object(w);
    write_content(w, r->request);
    jw_end_object(w);
  }
  jw_key(w, S("responses"));
  jw_object(w);
  AUTO(buf_release) struct buf status = BUF(8);
  buf_int(&status, r->status);
  jw_key(w, buf_str(&status));
  jw_object(w);
  key_text(w, "description", r->response ? "Done" : "Done, nothing to say");
  if (r->response) write_content(w, r->response);
  jw_end_object(w);
  if (r->fn == crud_read || !strcmp(r->op, "get_deal")) {
    jw_key(w, S("304"));
    jw_raw(w, S("{\"description\":\"Not changed since the ETag in If-None-Match\"}"));
  }
  static const char *const problems[] = {"4XX", "503"};  // 503: too busy or the store is away; Retry-After says when
  for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
    jw_key(w, str_of(problems[i]));
    jw_object(w);
    key_text(w, "$ref", "#/components/responses/Problem");
    jw_end_object(w);
  }
  jw_end_object(w);
  jw_end_object(w);
}

static void write_paths(struct jw *w) {
  size_t n = 0;
  const struct route *r = route_list(&n);
  jw_key(w, S("paths"));
  jw_object(w);
  for (size_t i = 0; i < n; i++) {
    bool first = true;
    for (size_t k = 0; k < i; k++) first &= strcmp(r[k].path, r[i].path) != 0;
    if (!first) continue;
    jw_key(w, str_of(r[i].path));
    jw_object(w);
    for (size_t k = i; k < n; k++)
      if (!strcmp(r[k].path, r[i].path)) write_operation(w, &r[k]);
    jw_end_object(w);
  }
  jw_end_object(w);
}

static void write_components(struct jw *w) {
  jw_key(w, S("components"));
  jw_object(w);
  jw_key(w, S("schemas"));
  jw_object(w);
  for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
    jw_key(w, str_of(schemas[i].name));
    jw_raw(w, str_of(schemas[i].schema));
  }
  model_openapi_schemas(w);
  jw_end_object(w);
  jw_key(w, S("responses"));
  jw_raw(
    w,
    S("{\"Problem\":{\"description\":\"What is wrong, in the caller's language (RFC 9457)\",\"content\":{\"application/problem+json\":"
      "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}"));
  jw_key(w, S("securitySchemes"));
  jw_raw(
    w,
    S("{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"entente\"},\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
  jw_end_object(w);
}

static void write_document(struct buf *out) {
  struct jw w = JW(out);
  jw_object(&w);
  key_text(&w, "openapi", "3.1.0");
  jw_key(&w, S("info"));
  jw_raw(
    &w,
    S("{\"title\":\"Entente\",\"version\":\"1\",\"description\":\"The CRM for business-to-business sales that several companies win together.\","
      "\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}"));
  jw_key(&w, S("servers"));
  jw_raw(&w, S("[{\"url\":\"/api/v1\"}]"));
  jw_key(&w, S("security"));
  jw_raw(&w, S("[{\"session\":[]},{\"token\":[]}]"));
  write_tags(&w);
  write_paths(&w);
  write_components(&w);
  jw_end_object(&w);
}

// Schemas nobody refers to are dropped: the model offers a create and a patch shape even for types that only flows write.
static bool drop_unused(json_t *document) {
  json_t *all = json_object_get(json_object_get(document, "components"), "schemas"), *schema;
  char *text = json_dumps(document, JSON_COMPACT);
  const char *name;
  void *next;
  bool dropped = false;
  json_object_foreach_safe(all, next, name, schema) {
    AUTO(buf_release) struct buf ref = BUF(200);
    buf_fmt(&ref, "#/components/schemas/%s\"", name);
    if (text && !strstr(text, buf_z(&ref))) {
      json_object_del(all, name);
      dropped = true;
    }
  }
  free(text);
  return dropped;
}

void openapi_write(struct buf *out) {
  AUTO(buf_release) struct buf whole = BUF(out->max);
  json_error_t ignored;
  routes_setup();
  write_document(&whole);
  json_t *document AUTO(json_release) = json_loadb(whole.p, whole.n, 0, &ignored);
  assert(document);
  while (drop_unused(document)) {}
  char *text = json_dumps(document, JSON_COMPACT);
  buf_putz(out, text ? text : "");
  free(text);
}
