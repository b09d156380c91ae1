// The Accept-Encoding field of a request.

#include <algorithm>
#include <string>
#include <string_view>

#include "http/ascii.hpp"
#include "http/content_coding.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;

http::Gzip wish(std::initializer_list<std::string_view> fields) {
    http::Headers headers;
    for (const std::string_view field : fields) headers.add("accept-encoding", field);
    return http::wish_for_gzip(headers);
}

void check(std::string_view field) {
    using enum http::Gzip;
    const http::Gzip wanted = wish({field});
    fuzz::require(wish({http::ascii::lower(field)}) == wanted, "upper and lower case mean the same");
    const std::string text(field);
    fuzz::require(wish({" ,\t" + text + " , "}) == wanted, "empty elements mean nothing");
    fuzz::require(wish({text + ", *;q=nothing, \xff, gzip;q=7, identity;q"}) == wanted, "nor do malformed ones");
    const std::size_t comma = field.find(',');
    if (comma != std::string_view::npos) {
        fuzz::require(wish({field.substr(0, comma), field.substr(comma + 1)}) == wanted, "two fields are one list");
    }
    fuzz::require(wish({text + ", gzip;q=0"}) == refused, "what is refused is not wanted");
    fuzz::require(wish({text + ", gzip;q=0.001, identity;q=0"}) == required, "the bare content can be refused");
    fuzz::require(wish({text + ", gzip, identity;q=0.999"}) == welcome, "gzip can be had rather");
    fuzz::require(wish({text + ", gzip;q=0.998, identity;q=0.999"}) == refused, "so can the bare content");
    const bool may_want = http::ascii::lower(field).contains("gzip") || field.contains('*');
    fuzz::require(wanted == refused || may_want, "gzip is for those who name it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check(fuzz::as_text(data, size));
    return 0;
}
