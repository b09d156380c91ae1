#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/reach.hpp"
#include "base/clock.hpp"
#include "db/database.hpp"
#include "db/foreign_keys.hpp"
#include "trash/model.hpp"

/// The SQL of the trash. A server of the platform shows every row of Documents, so what is deleted moves into tables of
/// its own, with all that hangs on it. docs/decisions/0099
namespace nassaq::trash {

/// A document in the trash.
struct TrashedDocument {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t path_id = 0;
    std::string full_path;
    std::int64_t uploaded_by_user_id = 0;
    std::optional<std::string> content_type;
    Timestamp purge_at;
    std::string place;       ///< Of its current file.
    std::int64_t bytes = 0;  ///< Of all of its versions.
    std::int64_t pages = 0;  ///< Of its text.
};
BOOST_DESCRIBE_STRUCT(TrashedDocument, (),
                      (doc_id, filename, path_id, full_path, uploaded_by_user_id, content_type, purge_at, place, bytes,
                       pages))

/// Moves the rows of a document that has been taken in (files/old_place.hpp). Its text and its words are left to their
/// stores; its row in Documents goes last, by remove_rows().
void copy_into_trash(db::Session& transaction, std::int64_t doc_id, std::int64_t deleted_by_user_id,
                     Timestamp deleted_at, Timestamp purge_at, const db::ForeignKeyList& foreign_keys);
/// Removes the document's rows in every table of ours, and in those of the platform that we know by name, at the latest
/// when the transaction's work is done: there db::Error (foreign_key_violation) tells that others refer to it.
void remove_rows(db::Session& transaction, std::int64_t doc_id, const db::ForeignKeyList& foreign_keys);

/// Nothing of one that is to be removed by now.
std::optional<TrashedDocument> find_trashed(db::Session& session, std::int64_t doc_id, Timestamp time);
/// Which documents of the trash are listed.
struct TrashFilter {
    std::optional<std::int64_t> owner;           ///< Nothing: of all.
    std::shared_ptr<const access::Reach> reach;  ///< Null: whoever's they are, they may be read.
};
/// Newest first.
TrashList list_trashed(db::Session& session, const TrashFilter& filter, Timestamp time, db::Paging page);

enum class RestoreError { name_taken, path_gone };
/// Moves the rows back, but for what is left to others as above.
std::expected<void, RestoreError> copy_back(db::Session& transaction, const TrashedDocument& document,
                                            const std::string& filename, std::int64_t path_id,
                                            const db::ForeignKeyList& foreign_keys);
/// @return the places of its files, each once.
std::vector<std::string> places_in_trash(db::Session& session, std::int64_t doc_id);
/// With what has been put off by copy_back().
void remove_from_trash_later(db::Session& transaction, std::int64_t doc_id);
/// @return false when it was not there.
bool remove_from_trash(db::Session& transaction, std::int64_t doc_id);

/// Of those that are to be removed for good by now, so many at most.
std::vector<std::int64_t> list_due(db::Session& session, Timestamp time, std::int64_t most);
bool is_due(db::Session& session, std::int64_t doc_id, Timestamp time);
/// Has some of a user's go now. @return how many.
std::int64_t expire_some(db::Session& transaction, std::int64_t owner_id, Timestamp time);
bool is_name_taken(db::Session& session, const std::string& filename, std::int64_t path_id);

}  // namespace nassaq::trash
