#include "documents/text_answer.hpp"

#include <functional>
#include <string_view>
#include <utility>

#include "audit/reading_log.hpp"
#include "base/log.hpp"
#include "documents/service.hpp"
#include "http/problem.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

/// Whether the client asks for plain text and does not mention JSON.
bool prefers_plain_text(const http::Request& request) {
    const std::string_view accept = request.headers.find("accept").value_or("");
    return accept.find("text/plain") != std::string_view::npos &&
           accept.find("application/json") == std::string_view::npos;
}

PageText to_page_text(const ocr::Page& page) {
    return {.page = page.number,
            .text = page.text,
            .method = std::string(ocr::name_of(page.method)),
            .confidence = page.confidence,
            .language = page.language.empty() ? std::nullopt : std::optional(page.language)};
}

/// Pages are parted by a form feed, as pdftotext does it.
void append_page(std::string& text, const ocr::Page& page) {
    if (page.number > 1) {
        text += '\f';
    }
    text += page.text;
}

/// Every page of the text. @throws Problem when the texts are kept elsewhere and cannot be reached.
void visit_text(api::Services& services, std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) {
    try {
        services.texts.visit_pages(doc_id, visit);
    } catch (const texts::Unavailable& error) {
        log::warning("a text cannot be read now", {{"doc_id", doc_id}, {"error", error.what()}});
        throw http::Problem(503, "The texts are not available now, please retry.").with_header("retry-after", "5");
    }
}

http::Response respond(std::string_view content_type, std::string body) {
    http::Response response{.status = 200, .headers = {}, .body = std::move(body)};
    response.headers.add("content-type", content_type);
    response.headers.add("vary", "Accept");
    return response;
}

}  // namespace

http::Response answer_text(api::Services& services, const api::Caller& caller, const http::Request& request,
                           std::int64_t doc_id) {
    const StoredDocument document = require_document(services, caller, doc_id);
    const auto result = services.database.read([&](db::Session& session) { return find_ocr_result(session, doc_id); });
    if (document.status != "Finished" || !result) {
        throw http::Problem(409, "Document is not processed yet.");
    }
    TextResponse answer{.doc_id = doc_id,
                        .status = *document.status,
                        .page_count = result->page_count,
                        .word_count = result->word_count,
                        .primary_language = result->primary_language,
                        .avg_confidence = result->avg_confidence};
    const bool plain = prefers_plain_text(request);
    visit_text(services, doc_id, [&](const ocr::Page& page) {
        append_page(answer.text, page);
        if (!plain) {
            answer.pages.push_back(to_page_text(page));
        }
    });
    if (request.method != "HEAD") {
        services.reading_log.record(caller.user_id, doc_id);
    }
    return plain ? respond("text/plain; charset=utf-8", std::move(answer.text))
                 : respond("application/json", schema::to_json(answer));
}

}  // namespace nassaq::documents
