// SPDX-License-Identifier: Apache-2.0
// For each entities/NAME.def: `enum NAME_field { NAME_f_FIELD ..., NAME_f_COUNT }` and `extern const struct entity entity_NAME`.
// Part of model.h. The build writes entities_list.inc: a "#define ENTITY NAME, #include the file, #undef ENTITY" block for each file.
#ifndef ENTENTE_MODEL_ENTITIES_H
#define ENTENTE_MODEL_ENTITIES_H
#define ENTITY_LIST "model/entities_list.inc"
#include "model/entities_enum.inc"
#undef ENTITY_LIST
#endif
