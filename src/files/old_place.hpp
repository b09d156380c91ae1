#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "db/session.hpp"

/// Where the file of a document lies that has no row in Document_Files yet, because a node of the version before or the
/// Python platform has inserted it: Documents.blob_name says it, or else the document's path and name. Nothing else in
/// the program reads that column or derives a place.
namespace nassaq::files {

/// A value: the place of the current file of the document `d` on the path `p`, with `f` as by joined_with_current.
std::string current_place(db::Dialect dialect);

/// A document that has not been taken in, as its row says.
struct UntakenDocument {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string place;
    bool is_of_the_platform = false;  ///< Not stored by this server, so that its file may also lie elsewhere.
    std::string text_id;              ///< Documents.mongo_doc_id
    std::optional<std::int64_t> file_size;
    std::optional<std::string> sha256;
    std::optional<std::string> content_type;
    Timestamp uploaded_at;
    std::int64_t uploaded_by_user_id = 0;
};

/// The highest id of all documents; 0 when there are none.
std::int64_t last_document(db::Session& session);
/// Nothing when there is no such document, or it has been taken in.
std::optional<UntakenDocument> find_untaken(db::Session& session, std::int64_t doc_id);
/// By their ids, after `behind` and up to `last`, so many at most. To be asked about few ids at a time: of all, it may
/// read all documents and their files.
std::vector<UntakenDocument> list_untaken(db::Session& session, std::int64_t behind, std::int64_t last,
                                          std::int64_t most);

/// Gives the document its first version. Nothing happens when it has one, or is not there.
void take_in(db::Session& transaction, const UntakenDocument& document);
/// find_untaken() and take_in(), for a transaction that is about to change the document's files.
void take_in(db::Session& transaction, std::int64_t doc_id);
/// The same, in one statement, for all that say themselves where their file is and were stored by this server.
/// @return how many.
std::int64_t take_in_all_certain(db::Session& transaction, std::int64_t behind, std::int64_t last);

/// Whether a row of Documents may mean a blob of this name, taken in or not.
bool may_be_meant(db::Session& session, std::string_view place);

/// For a path that is about to be renamed: the documents on it that do not name their blob, by their ids.
std::vector<std::int64_t> list_unnamed_blobs(db::Session& session, std::int64_t path_id, std::int64_t behind);
/// Has them name it while the path is still called `full_path`, unless another document has that name.
void name_blobs(db::Session& transaction, std::int64_t path_id, std::string_view full_path,
                const std::vector<std::int64_t>& sorted_doc_ids);

/// Has the current file of a document lie elsewhere, for nodes of the version before, too.
void move_to(db::Session& transaction, std::int64_t doc_id, std::string_view old_place, std::string_view new_place);

}  // namespace nassaq::files
