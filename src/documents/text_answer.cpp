#include "documents/text_answer.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "audit/reading_log.hpp"
#include "base/log.hpp"
#include "documents/service.hpp"
#include "documents/text_stream.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

using api::Result;

/// A longer text is read while it is sent.
constexpr std::size_t most_bytes_at_once = std::size_t{128} << 10;
constexpr std::string_view plain_text_type = "text/plain; charset=utf-8";
constexpr std::string_view json_text_type = "application/json";

/// Whether the client asks for plain text and does not mention JSON.
bool prefers_plain_text(const http::Request& request) {
    const std::string_view accept = request.headers.find("accept").value_or("");
    return accept.find("text/plain") != std::string_view::npos &&
           accept.find("application/json") == std::string_view::npos;
}

/// Pages are parted by a form feed, as pdftotext does it.
void append_page(std::string& text, const ocr::Page& page) {
    if (page.number > 1) {
        text += '\f';
    }
    text += page.text;
}

/// Runs a step. Refuses when the texts are kept elsewhere and cannot be reached.
template <class Step>
Result<std::invoke_result_t<Step>> with_texts(std::int64_t doc_id, Step step) {
    try {
        return step();
    } catch (const texts::Unavailable& error) {
        log::warning("a text cannot be read now", {{"doc_id", doc_id}, {"error", error.what()}});
        return api::refuse(RefusalCode::texts_unavailable, "The texts are not available now, please retry.",
                           std::chrono::seconds{5});
    }
}

/// The pages of a text that is answered in one piece; nothing when it is too long for that.
std::optional<std::vector<ocr::Page>> read_short_text(texts::TextReader& reader) {
    std::vector<ocr::Page> pages;
    std::size_t bytes = 0;
    while (auto piece = reader.next()) {
        bytes += piece->text.size();
        if (bytes > most_bytes_at_once) {
            return std::nullopt;
        }
        if (!pages.empty() && pages.back().number == piece->number) {
            pages.back().text += piece->text;
        } else {
            pages.push_back(std::move(*piece));
        }
    }
    return pages;
}

template <class Body>
http::Response respond_with_text(std::string_view content_type, Body body) {
    http::Response response{.status = 200, .headers = {}, .body = std::move(body)};
    response.headers.add("content-type", content_type);
    response.headers.add("vary", "Accept");
    return response;
}

http::Response answer_at_once(TextResponse answer, const std::vector<ocr::Page>& pages, bool plain) {
    for (const ocr::Page& page : pages) {
        append_page(answer.text, page);
        if (!plain) {
            answer.pages.push_back(to_page_text(page));
        }
    }
    return plain ? respond_with_text(plain_text_type, std::move(answer.text))
                 : respond_with_text(json_text_type, schema::to_json(answer));
}

}  // namespace

Result<http::Response> answer_text(Services& services, const api::Caller& caller, const http::Request& request,
                                   std::int64_t doc_id) {
    const auto document = require_document(services, caller, doc_id);
    if (!document) {
        return std::unexpected(document.error());
    }
    const auto result = services.database.read([&](db::Session& session) { return find_ocr_result(session, doc_id); });
    if (document->status != "Finished" || !result) {
        return api::refuse(RefusalCode::document_not_processed, "Document is not processed yet.");
    }
    TextResponse answer{.doc_id = doc_id,
                        .status = "Finished",
                        .page_count = result->page_count,
                        .word_count = result->word_count,
                        .primary_language = result->primary_language,
                        .avg_confidence = result->avg_confidence};
    const bool plain = prefers_plain_text(request);
    if (request.method != "HEAD") {
        services.reading_log.record(caller.user_id, doc_id);
    }
    const auto reader = with_texts(doc_id, [&] { return services.texts.read(doc_id); });
    if (!reader) {
        return std::unexpected(reader.error());
    }
    const auto pages = with_texts(doc_id, [&] { return read_short_text(**reader); });
    if (!pages) {
        return std::unexpected(pages.error());
    }
    if (const std::optional<std::vector<ocr::Page>>& short_text = *pages) {
        return answer_at_once(std::move(answer), *short_text, plain);
    }
    const auto open = [&texts = services.texts, doc_id] { return texts.read(doc_id); };
    http::StreamBody body{.source = plain ? stream_plain_text(open) : stream_json_text(answer, open),
                          .length = std::nullopt,
                          .memory = (*reader)->memory()};
    return respond_with_text(plain ? plain_text_type : json_text_type, std::move(body));
}

}  // namespace nassaq::documents
