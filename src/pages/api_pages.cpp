#include "pages/api_pages.hpp"

#include <memory>
#include <string_view>
#include <utility>

// The embedded files (cmake/EmbedFiles.cmake): where each begins and ends.
#define NASSAQ_EMBEDDED(name)                                                                                        \
    extern "C" const char embedded_##name##_begin[];                                                                 \
    extern "C" const char embedded_##name##_end[];                                                                   \
    static std::string_view name() { /* NOLINT(misc-use-anonymous-namespace): extern "C" needs the global one */     \
        return {embedded_##name##_begin, static_cast<std::size_t>(embedded_##name##_end - embedded_##name##_begin)}; \
    }

NASSAQ_EMBEDDED(swagger_html)
NASSAQ_EMBEDDED(swagger_init_js)
NASSAQ_EMBEDDED(swagger_ui_css)
NASSAQ_EMBEDDED(swagger_ui_bundle_js)
NASSAQ_EMBEDDED(redoc_html)
NASSAQ_EMBEDDED(redoc_init_js)
NASSAQ_EMBEDDED(redoc_standalone_js)

namespace nassaq::pages {
namespace {

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::string_view javascript = "text/javascript; charset=utf-8";
constexpr std::string_view css = "text/css; charset=utf-8";

/// Nothing from elsewhere. Both pages style their elements inline and draw pictures from data: URLs; ReDoc searches in
/// a worker that it makes from a blob.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http::Endpoint static_file(std::string path, std::string_view content_type, std::string_view bytes) {
    const auto answer = [content_type, bytes](http::Request&) {
        http::Response response{.body = http::StaticBody{bytes}};
        response.headers.add("content-type", content_type);
        response.headers.add("content-security-policy", content_security_policy);
        response.headers.add("cache-control", "no-cache");
        return response;
    };
    return {.method = "GET", .pattern = std::move(path), .body = http::BodyKind::none, .handle = answer};
}

http::Endpoint openapi_document(std::string openapi) {
    const auto answer = [document = std::make_shared<const std::string>(std::move(openapi))](http::Request&) {
        http::Response response{.body = http::StaticBody{*document}};
        response.headers.add("content-type", "application/json");
        return response;
    };
    return {.method = "GET", .pattern = "/openapi.json", .body = http::BodyKind::none, .handle = answer};
}

}  // namespace

std::vector<http::Endpoint> api_pages(std::string openapi) {
    std::vector<http::Endpoint> endpoints;
    endpoints.push_back(openapi_document(std::move(openapi)));
    endpoints.push_back(static_file("/docs", html, swagger_html()));
    endpoints.push_back(static_file("/docs/swagger-ui.css", css, swagger_ui_css()));
    endpoints.push_back(static_file("/docs/swagger-ui-bundle.js", javascript, swagger_ui_bundle_js()));
    endpoints.push_back(static_file("/docs/swagger-init.js", javascript, swagger_init_js()));
    endpoints.push_back(static_file("/redoc", html, redoc_html()));
    endpoints.push_back(static_file("/redoc/redoc.standalone.js", javascript, redoc_standalone_js()));
    endpoints.push_back(static_file("/redoc/redoc-init.js", javascript, redoc_init_js()));
    return endpoints;
}

}  // namespace nassaq::pages
