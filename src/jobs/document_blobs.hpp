#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "db/database.hpp"

/// Which blob belongs to which document. A row of the Python platform does not name its blob: then it is the one with
/// the document's path and name, as they were when it was stored, unless a worker of the platform has moved it.
namespace nassaq::jobs {

struct DocumentBlob {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string blob_name;
    std::optional<std::string> sha256;      ///< None of a document of the Python platform.
    std::string text_id;                    ///< Of such a one perhaps also the name of its blob (mongo_doc_id).
    std::optional<std::int64_t> file_size;  ///< Not known of all of the platform's.
};

bool has_document(db::Session& session, std::string_view blob_name);
/// Visits all documents by their ids, a page at a time, with no session held while `visit` runs, until `stop` is
/// requested.
void for_each_document_blob(db::Database& database, const std::function<void(const DocumentBlob&)>& visit,
                            const std::stop_token& stop = {});

}  // namespace nassaq::jobs
