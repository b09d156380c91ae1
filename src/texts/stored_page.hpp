#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "db/driver.hpp"
#include "db/session.hpp"
#include "ocr/document.hpp"
#include "texts/text_store.hpp"

/// What the tables in which texts are kept have in common.
namespace nassaq::texts {

/// Of a page that has more than one row: what a reader holds of it at a time.
inline constexpr std::size_t part_bytes = std::size_t{16} << 10;

/// As much of `text` as fits, without cutting a character in two.
std::string_view beginning_of_page(std::string_view text, std::size_t most);

/// @throws db::Error when there is no such method.
ocr::Method stored_method(std::string_view text);

template <class Row>
ocr::Page stored_page(Row row) {
    return {.number = row.page,
            .text = std::move(row.content),
            .method = stored_method(row.method),
            .confidence = row.confidence,
            .language = std::move(row.language).value_or("")};
}

/// In a transaction that puts a text. @throws Outdated
void require_wanted(db::Session& transaction, const Subject& subject);

/// The id of the document's text, if it has one.
std::optional<std::string> find_text_id(db::Session& session, std::int64_t doc_id);

/// What is bound for a page's confidence and language. Borrows the page.
db::Parameter stored_confidence(const ocr::Page& page);
db::Parameter stored_language(const ocr::Page& page);

}  // namespace nassaq::texts
