#include "http/download.hpp"

#include <array>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "http/ascii.hpp"
#include "http/content_disposition.hpp"
#include "http/problem.hpp"
#include "http/range.hpp"

namespace nassaq::http {
namespace {

std::string quote_etag(std::string_view etag) {
    return '"' + std::string(etag) + '"';
}

enum class Comparison { weak, strong };

/// Whether a list of entity tags, or "*", names this one (RFC 9110, 8.8.3.2).
bool names_etag(std::string_view list, const std::string& quoted_etag, Comparison comparison) {
    if (ascii::trim(list) == "*") return true;
    while (!list.empty()) {
        std::string_view tag = ascii::take_list_element(list);
        if (comparison == Comparison::weak && tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == quoted_etag) return true;
    }
    return false;
}

/// What the request's conditions make of a GET (RFC 9110, 13.2.2): 304, 412, or 200 for going on.
int evaluate_preconditions(const Headers& headers, const Download& download) {
    const std::string etag = quote_etag(download.etag);
    // A condition with a date in an obsolete form does not hold.
    const auto date_of = [&](std::string_view name) {
        const auto value = headers.find(name);
        return value ? parse_http_date(*value) : std::nullopt;
    };
    if (headers.find("if-match")) {
        if (!if_match_holds(headers, download.etag)) return 412;
    } else if (const auto since = date_of("if-unmodified-since"); since && download.last_modified > *since) {
        return 412;
    }
    if (const auto none_match = headers.find("if-none-match")) {
        if (names_etag(*none_match, etag, Comparison::weak)) return 304;
    } else if (const auto since = date_of("if-modified-since"); since && download.last_modified <= *since) {
        return 304;
    }
    return 200;
}

/// Whether a range may be sent of the representation that is here now (RFC 9110, 13.1.5).
bool range_applies(const Headers& headers, const Download& download) {
    const auto condition = headers.find("if-range");
    if (!condition) return true;
    if (condition->starts_with('"')) return *condition == quote_etag(download.etag);
    return parse_http_date(*condition) == download.last_modified;
}

RangeResult choose_range(const Headers& headers, const Download& download) {
    const auto field = headers.find("range");
    if (!field || !range_applies(headers, download)) return WholeContent{};
    return parse_range(*field, download.size);
}

Response with_validators(int status, const Download& download) {
    Response response;
    response.status = status;
    response.headers.add("etag", quote_etag(download.etag));
    response.headers.add("last-modified", to_http_date(download.last_modified));
    response.headers.add("accept-ranges", "bytes");
    return response;
}

Response refuse(const Problem& problem, const Download& download) {
    Response response = with_validators(problem.status(), download);
    response.headers.add("content-type", "application/json");
    if (problem.status() == 416) {
        response.headers.add("content-range", "bytes */" + std::to_string(download.size));
    }
    response.body = problem.to_response().body;
    return response;
}

/// @param range  what was asked for, which may well be all of it: a player asks so whether ranges are known here.
/// @return nothing when there is no content.
std::optional<Response> send_content(const Request& request, const Download& download, const ByteRange* range) {
    const ByteRange part = range != nullptr ? *range : ByteRange{0, download.size};
    Response response = with_validators(range != nullptr ? 206 : 200, download);
    response.headers.add("content-type", download.content_type);
    response.headers.add("content-disposition", make_content_disposition(download.filename, download.is_inline));
    if (range != nullptr) {
        response.headers.add("content-range", "bytes " + std::to_string(part.offset) + '-' +
                                                  std::to_string(part.offset + part.length - 1) + '/' +
                                                  std::to_string(download.size));
    }
    StreamBody body{.source = nullptr, .length = part.length};
    if (request.method != "HEAD") {
        body.source = download.open(part.offset, part.length);
        if (!body.source) return std::nullopt;
    }
    response.body = std::move(body);
    return response;
}

}  // namespace

bool if_match_holds(const Headers& headers, std::string_view etag) {
    const auto match = headers.find("if-match");
    return !match || names_etag(*match, quote_etag(etag), Comparison::strong);
}

std::optional<Response> send_download(const Request& request, const Download& download) {
    const int status = evaluate_preconditions(request.headers, download);
    if (status == 304) return with_validators(304, download);
    if (status == 412) {
        return refuse({412, RefusalCode::precondition_failed, "The document has changed"}, download);
    }
    // Range is defined for GET only (RFC 9110, 14.2).
    const RangeResult range = request.method == "GET" ? choose_range(request.headers, download) : WholeContent{};
    if (std::holds_alternative<UnsatisfiableRange>(range)) {
        return refuse({416, RefusalCode::range_not_satisfiable, "The requested range is outside of the document"},
                      download);
    }
    return send_content(request, download, std::get_if<ByteRange>(&range));
}

}  // namespace nassaq::http
