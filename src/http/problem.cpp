#include "http/problem.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <string>

namespace nassaq::http {

Problem&& Problem::with_header(std::string_view name, std::string_view value) && {
    headers_.set(name, value);
    return std::move(*this);
}

Response Problem::to_response() const {
    Response response;
    response.status = status_;
    response.headers = headers_;
    response.headers.set("content-type", "application/json");
    if (status_ == 401 && !headers_.find("www-authenticate")) response.headers.add("www-authenticate", "Bearer");
    response.body = fmt::format(R"({{"detail":{},"code":"{}"}})", boost::json::serialize(detail_), name_of(code_));
    return response;
}

Problem too_many(RefusalCode code, std::string_view what) {
    return Problem(429, code, "Too many " + std::string(what) + " at once, please retry.")
        .with_header("retry-after", "1");
}

Problem server_is_busy() {
    return Problem(503, RefusalCode::server_busy, "Server is busy, please retry.").with_header("retry-after", "1");
}

}  // namespace nassaq::http
