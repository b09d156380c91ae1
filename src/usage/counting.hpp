#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "db/database.hpp"
#include "usage/usage.hpp"

/// What keeps the numbers of User_Usage and Page_Usage: called in the transactions that change Documents, or finish
/// one.
namespace nassaq::usage {

/// Makes the row of a user and counts once what is there, through an index.
/// @return false when the user was counted already.
bool start_counting(db::Session& transaction, std::int64_t user_id);

/// Why there is no room for a document, and what there was without it.
struct Refusal {
    Excess excess{};
    Standing standing;
};

/// Counts what this transaction has inserted, last of all: from then on until the commit other uploads of that user
/// wait. However many of them come at once, the limits hold: the row is changed only where it stays within.
std::expected<void, Refusal> add(db::Session& transaction, std::int64_t user_id, const Addition& addition,
                                 const Limits& defaults);
/// The same of a user who has had no limits a moment ago: nothing is refused, and nobody asked.
void add_unlimited(db::Session& transaction, std::int64_t user_id, const Addition& addition);
/// With all its versions. To be called before the document's row is deleted.
void remove_document(db::Session& transaction, std::int64_t doc_id);
/// Counts the pages of a document that has been extracted.
void add_pages(db::Session& transaction, std::int64_t user_id, std::int64_t pages);

/// Counts anew whom it was long ago: another program may write into the same database, and an upload that was under way
/// when the counting began does not know of it. Where there is one writer neither can be. To be called now and then.
/// @return how many users. @throws db::Error
std::size_t recount(db::Database& database);
/// Removes the pages of days before yesterday. @return how many rows. @throws db::Error
std::size_t remove_old_pages(db::Database& database);

}  // namespace nassaq::usage
