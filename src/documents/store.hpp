#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/session.hpp"
#include "documents/model.hpp"

/// The SQL of documents and what hangs on them.
namespace nassaq::documents {

struct NewDocument {
    std::string filename;
    std::int64_t path_id = 0;
    std::int64_t uploaded_by_user_id = 0;
    std::int64_t size = 0;
    std::string_view content_type;
    std::string file_type;
    std::optional<std::string> description;
    std::string sha256;
    std::optional<Timestamp> file_modified_at;
    std::string place;  ///< Of its file.
};

/// What a download, a deletion and the text need to know of a document.
struct StoredDocument {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t uploaded_by_user_id = 0;
    Timestamp stored_at;  ///< When its current file was.
    std::optional<std::int64_t> size;
    std::optional<std::string> content_type;
    std::optional<std::string> sha256;
    std::string place;         ///< Of its current file.
    std::int64_t version = 1;  ///< Which it is.
    std::string full_path;
    std::optional<std::string> status;
};
BOOST_DESCRIBE_STRUCT(StoredDocument, (),
                      (doc_id, filename, uploaded_by_user_id, stored_at, size, content_type, sha256, place, version,
                       full_path, status))

struct OcrResult {
    std::int64_t page_count = 0;
    std::int64_t word_count = 0;
    double avg_confidence = 0;
    std::string primary_language;
};
BOOST_DESCRIBE_STRUCT(OcrResult, (), (page_count, word_count, avg_confidence, primary_language))

/// Why a document cannot be where it is to be. A path can be deleted while the bytes of an upload still come in.
enum class PlaceError { already_exists, no_such_path };

/// What a document is to be like from now on.
struct DocumentChanges {
    std::string filename;
    std::string file_type;
    std::int64_t path_id = 0;
    schema::Patch<std::string> description;  ///< What is not present stays.
};

/// What there is already where a document is to go, and of its content.
struct Surroundings {
    std::int64_t path_id = 0;
    std::optional<std::int64_t> namesake;  ///< The document that has its name there.
    /// The owner's document that first had this content.
    std::optional<std::int64_t> same_content;
    std::optional<std::string> same_place;
};
BOOST_DESCRIBE_STRUCT(Surroundings, (), (path_id, namesake, same_content, same_place))
/// @param document  all of it but the path and the blob. @return nothing when there is no such path.
std::optional<Surroundings> find_surroundings(db::Session& session, const NewDocument& document,
                                              const std::string& full_path);
/// Adds the document with its first version, and its stage, Queued. @return its id.
std::expected<std::int64_t, PlaceError> insert_document(db::Session& session, const NewDocument& document);
std::expected<void, PlaceError> update_document(db::Session& session, std::int64_t doc_id,
                                                const DocumentChanges& changes);
std::optional<StoredDocument> find_document(db::Session& session, std::int64_t doc_id);
std::optional<DocumentStatus> find_status(db::Session& session, const StoredDocument& document,
                                          std::string_view stage_name);
std::optional<DocumentDetails> find_details(db::Session& session, std::int64_t doc_id);
std::optional<OcrResult> find_ocr_result(db::Session& session, std::int64_t doc_id);
/// Without the dot that the platform keeps it with: both may stand in one database.
std::optional<std::string> bare_extension(std::optional<std::string> file_type);
/// The code of why a document failed (ocr/reason.hpp); nothing of one that did not, and of a sentence that is not ours.
std::optional<std::string> error_code_of(const std::optional<std::string>& error_message);
/// Each stage of the document once, in the order in which they were made. Where the platform has left several rows of
/// one, its newest counts.
std::vector<Stage> find_stages(db::Session& session, std::int64_t doc_id);
/// For a transaction that deletes the document: until it ends, no worker begins with a stage of it.
/// @return false when one is being worked on.
bool lock_unless_processing(db::Session& transaction, std::int64_t doc_id);

}  // namespace nassaq::documents
