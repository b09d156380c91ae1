#include "texts/stored_page.hpp"

#include <utility>

namespace nassaq::texts {

std::string_view beginning_of_page(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

ocr::Method stored_method(std::string_view text) {
    if (const auto method = ocr::find_method(text)) return *method;
    throw db::Error(db::ErrorKind::other, "a stored text has the unknown method '" + std::string(text) + "'");
}

void require_wanted(db::Session& transaction, const Subject& subject) {
    if (subject.is_wanted && !subject.is_wanted(transaction)) {
        throw Outdated("a text was not put: it is not the document's any more");
    }
}

std::optional<std::string> find_text_id(db::Session& session, std::int64_t doc_id) {
    auto ids = session.query_page<std::string>("SELECT text_id FROM Document_Text WHERE doc_id = ? ORDER BY page",
                                               {.limit = 1}, doc_id);
    return ids.empty() ? std::nullopt : std::optional(std::move(ids.front()));
}

db::Parameter stored_confidence(const ocr::Page& page) {
    return page.confidence ? db::Parameter(*page.confidence) : db::Parameter();
}

db::Parameter stored_language(const ocr::Page& page) {
    return page.language.empty() ? db::Parameter() : db::Parameter(std::string_view(page.language));
}

}  // namespace nassaq::texts
