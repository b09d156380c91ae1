#pragma once

#include <cstdint>

#include "db/session.hpp"
#include "documents/store.hpp"
#include "usage/usage.hpp"

namespace nassaq::handover {

/// Makes a document somebody else's, in a transaction that holds its lock and that of learning the other's words: all
/// rows that say whose it is, and its name in the index; its text follows (documents::index_text_now()). What it takes
/// of the other's quota is left to the caller. @return that
usage::Addition give(db::Session& transaction, const documents::StoredDocument& document, std::int64_t to_user_id);

}  // namespace nassaq::handover
