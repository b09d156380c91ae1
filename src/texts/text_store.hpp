#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "ocr/document.hpp"

/// Where the extracted text of documents is kept: the SQL database, or MongoDB / Cosmos DB.
namespace nassaq::texts {

/// What the text belongs to.
struct Subject {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string file_type;
    std::string blob_url;
    double elapsed_seconds = 0;  ///< What the extraction took.
};

/// The store is away for now; there is nothing wrong with the text, and it is worth another try.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Every function throws Unavailable when the store is away, and another std::exception when it refuses.
/// Safe to use from several threads.
class TextStore {
public:
    TextStore() = default;
    TextStore(const TextStore&) = delete;
    TextStore& operator=(const TextStore&) = delete;
    virtual ~TextStore() = default;

    /// Keeps the text of a document in place of what was kept for it before.
    /// @return the id of the text, at most 36 characters, for Documents.mongo_doc_id.
    virtual std::string put(const Subject& subject, const ocr::Document& document) = 0;
    /// Calls `visit` for each page, in order, without holding them all. @return false when there is no text.
    virtual bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) = 0;
    /// A text that is not there is no error.
    virtual void remove(std::int64_t doc_id) = 0;
    /// Throws when the store cannot be used now (readiness). Does not wait for it to come back.
    virtual void check() = 0;
};

}  // namespace nassaq::texts
