#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"

/// Which blobs are whose: of all versions of documents, of those in the trash, and of those that have not been taken
/// in.
namespace nassaq::files {

/// A file that some row says is there.
struct PlacedFile {
    std::int64_t doc_id = 0;
    std::string filename;  ///< Of the document.
    std::string place;
    std::optional<std::string> sha256;      ///< None of a document of the Python platform.
    std::string text_id;                    ///< Of such a one perhaps also the name of its blob (mongo_doc_id).
    std::optional<std::int64_t> file_size;  ///< Not known of all of the platform's.
};

/// Whether any row means a blob of this name.
bool is_in_use(db::Session& session, std::string_view place);
/// Whether some row still means the file that `file` was read from: the same bytes, if they are known, at that place.
bool is_there(db::Session& session, const PlacedFile& file);
/// Visits all of them, a page at a time, with no session held while `visit` runs, until `stop` is requested. A document
/// that goes into the trash, or comes back, meanwhile may be visited twice or not at all: is_in_use() decides.
void for_each_file(db::Database& database, const std::function<void(const PlacedFile&)>& visit,
                   const std::stop_token& stop = {});
/// Of a document, taken in or not: each place once.
std::vector<std::string> places_of(db::Session& session, std::int64_t doc_id);

}  // namespace nassaq::files
