#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>

#include "db/session.hpp"
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
    std::int64_t version = 1;    ///< Of the document, that the text was extracted from.
    /// Asked in the transaction that puts the text, where it is put by one: whether it is still the document's.
    std::function<bool(db::Session&)> is_wanted = nullptr;
};

/// The text is not put, for it is not the document's any more: a later version has come.
class Outdated : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The store is away for now; there is nothing wrong with the text, and it is worth another try.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A text on its way to somebody who may take long to read it. Between two calls it holds no connection and no lock of
/// the store's. Used by one thread at a time; must not outlive its store.
class TextReader {
public:
    TextReader() = default;
    TextReader(const TextReader&) = delete;
    TextReader& operator=(const TextReader&) = delete;
    virtual ~TextReader() = default;

    /// The next piece: of the same page as the one before when its number is the same, else the beginning of the next
    /// page. Nothing at the end.
    /// @throws Unavailable when the store is away, std::runtime_error when another text has taken this one's place.
    virtual std::optional<ocr::Page> next() = 0;
    /// About how many bytes it holds between two calls.
    [[nodiscard]] virtual std::size_t memory() const = 0;
};

/// Every function throws Unavailable when the store is away, and another std::exception when it refuses.
/// Safe to use from several threads.
class TextStore {
public:
    TextStore() = default;
    TextStore(const TextStore&) = delete;
    TextStore& operator=(const TextStore&) = delete;
    virtual ~TextStore() = default;

    /// Keeps the text of a document in place of what was kept for it before. @throws Outdated
    /// @return the id of the text, at most 36 characters, for Documents.mongo_doc_id.
    virtual std::string put(const Subject& subject, const ocr::Document& document) = 0;
    /// Calls `visit` for each page, in order, without holding them all. @return false when there is no text.
    virtual bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) = 0;
    /// Gives the pages piece by piece to whom does not take them at once. A text that is not there has no piece.
    virtual std::unique_ptr<TextReader> read(std::int64_t doc_id) = 0;
    /// A text that is not there is no error. It is not read any more; of a long one the rows may go later.
    virtual void remove(std::int64_t doc_id) = 0;
    /// Keeps the text of a document in the transaction that puts it into the trash: to be called before that takes the
    /// document's row away, with which the text goes out of sight.
    virtual void put_into_trash(db::Session& /*transaction*/, std::int64_t /*doc_id*/) {}
    /// The other way round, before the row in Trashed_Documents is taken away.
    virtual void bring_back(db::Session& /*transaction*/, std::int64_t /*doc_id*/) {}
    /// In the transaction that makes another version the current one: what is kept in the database goes at once. Texts
    /// elsewhere are not read while the document is not Finished, and replaced by the next put().
    virtual void forget(db::Session& /*transaction*/, std::int64_t /*doc_id*/) {}
    /// In the transaction that removes the document from the trash; remove() comes after it.
    virtual void purge(db::Session& /*transaction*/, std::int64_t /*doc_id*/) {}
    /// Where a worker of the platform says that it has put the document's file: a blob's name, or its URL.
    virtual std::optional<std::string> find_blob_path(std::int64_t /*doc_id*/) { return std::nullopt; }
    /// Removes what is left of texts that were removed, replaced, or not written to their end, until `stop` is
    /// requested. To be called now and then.
    virtual void clear_leftovers(const std::stop_token& /*stop*/) {}
    /// Throws when the store cannot be used now (readiness). Does not wait for it to come back.
    virtual void check() = 0;
};

}  // namespace nassaq::texts
