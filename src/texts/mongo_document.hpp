#pragma once

#include <bson/bson.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "texts/text_store.hpp"

/// The documents in which a text is kept in MongoDB; docs/decisions/0025-texts-in-mongodb.md.
namespace nassaq::texts {

struct FreeBson {
    void operator()(bson_t* document) const { bson_destroy(document); }
};
using Bson = std::unique_ptr<bson_t, FreeBson>;

/// A page, or what of it one document holds.
struct PagePiece {
    const ocr::Page* page = nullptr;
    std::string_view text;
};
using PagePieces = std::vector<PagePiece>;

/// How many bytes of text one document may hold. MongoDB takes documents of 16 MiB (manual, "MongoDB Limits and
/// Thresholds"); the first one holds the text of its pages twice.
struct Budgets {
    std::size_t first = std::size_t{6} << 20;
    std::size_t other = std::size_t{256} << 10;  ///< A client that reads slowly has one of them in memory.
};

/// What goes into the main document, and then what into each part. The pieces borrow from `document`.
std::vector<PagePieces> split(const ocr::Document& document, Budgets budgets = {});

/// The `_id` of the text that is made for a document: a UUID that is always the same, so that the index that every
/// collection has keeps two workers from making two texts.
std::string text_id_of(std::int64_t doc_id);
/// Names what was written: the same for the same pages.
std::string revision_of(const ocr::Document& document);
/// The `_id` of a part, from 1.
std::string part_id(std::int64_t doc_id, std::string_view revision, std::size_t part);

/// {"doc_id": …}
Bson by_doc_id(std::int64_t doc_id);
/// Finds the document's text unless it is that of a later version.
Bson by_doc_id_unless_later(const Subject& subject);
/// Finds it only if it is.
Bson by_doc_id_if_later(const Subject& subject);
/// A main document, as the platform's cloud worker writes it. @param parts  How many there are besides.
Bson main_document(const Subject& subject, const ocr::Document& document, const PagePieces& pieces,
                   std::string_view revision, std::size_t parts);
/// The update that makes the same of one that is there; what other stages have written to it stays.
Bson main_update(const Subject& subject, const ocr::Document& document, const PagePieces& pieces,
                 std::string_view revision, std::size_t parts);
Bson part_document(std::int64_t doc_id, std::string_view revision, std::size_t part, const PagePieces& pieces);

/// What a main document says besides the text.
struct Head {
    std::string id;        ///< `_id` as text: a string, or the digits of an ObjectId or a UUID; else empty.
    std::string revision;  ///< Empty when there are no parts.
    std::size_t parts = 0;
};
Head read_head(const bson_t& main);
/// Where it says that the file is; a worker of the platform writes it anew when it has moved the file.
std::optional<std::string> read_blob_path(const bson_t& main);

/// Gives the pages of the main document and of its parts, one after the other, to `visit`, putting together what
/// split() has cut. Reads what the platform's cloud worker writes, too.
class PageReader {
public:
    explicit PageReader(const std::function<void(const ocr::Page&)>& visit) : visit_(visit) {}
    /// @throws std::runtime_error when the text in it is not UTF-8.
    void read(const bson_t& document);
    /// After the last one.
    void finish();

private:
    const std::function<void(const ocr::Page&)>& visit_;
    std::optional<ocr::Page> pending_;  ///< The last page so far: the next document may go on with it.
};

}  // namespace nassaq::texts
