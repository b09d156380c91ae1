#include "http/cors.hpp"

#include <algorithm>
#include <array>

namespace nassaq::http {
namespace {

constexpr std::array<std::string_view, 7> methods{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"};
constexpr std::string_view method_list = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)), any_origin_(std::ranges::find(origins_, "*") != origins_.end()) {}

bool Cors::is_allowed(std::string_view origin) const {
    return any_origin_ || std::ranges::find(origins_, origin) != origins_.end();
}

bool Cors::is_preflight(const Request& request) {
    return request.method == "OPTIONS" && request.headers.find("origin") &&
           request.headers.find("access-control-request-method");
}

Response Cors::answer_preflight(const Request& request) const {
    const std::string_view origin = request.headers.find("origin").value_or("");
    const std::string_view method = request.headers.find("access-control-request-method").value_or("");
    Response response;
    response.headers.add("vary", "Origin");
    response.headers.add("access-control-allow-methods", method_list);
    response.headers.add("access-control-max-age", "600");
    response.headers.add("access-control-allow-credentials", "true");
    response.headers.add("content-type", "text/plain; charset=utf-8");
    if (const auto wanted = request.headers.find("access-control-request-headers")) {
        response.headers.add("access-control-allow-headers", *wanted);
    }
    std::string failures;
    if (is_allowed(origin)) {
        response.headers.add("access-control-allow-origin", origin);
    } else {
        failures = "origin";
    }
    if (std::ranges::find(methods, method) == methods.end()) failures += failures.empty() ? "method" : ", method";
    response.status = failures.empty() ? 200 : 400;
    response.body = failures.empty() ? std::string("OK") : "Disallowed CORS " + failures;
    return response;
}

void Cors::add_headers(const Headers& request, Headers& response) const {
    const auto origin = request.find("origin");
    if (!origin) return;
    response.set("access-control-allow-credentials", "true");
    if (any_origin_ && !request.find("cookie")) {
        response.set("access-control-allow-origin", "*");
    } else if (is_allowed(*origin)) {
        response.set("access-control-allow-origin", *origin);
        response.add_to_list("vary", "Origin");
    }
}

}  // namespace nassaq::http
