#include "imports/server_target.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "paths/model.hpp"

namespace nassaq::imports {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::string_view api = "/api/v1";
constexpr std::chrono::seconds of_a_question{60};
/// A file of the largest size on a slow line.
constexpr std::chrono::seconds of_an_upload{3600};

std::string text_of(const json::value& body, std::string_view field) {
    const json::object* object = body.if_object();
    const json::value* value = object == nullptr ? nullptr : object->if_contains(field);
    if (value == nullptr) return {};
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string reason_of(int status, const json::value& body) {
    const std::string detail = text_of(body, "detail");
    return detail.empty() ? fmt::format("The server answered {}.", status) : detail;
}

Failure::Kind kind_of(int status) {
    switch (status) {
        case 401:
        case 403:
        case 507:
            return Failure::Kind::of_import;
        case 408:
        case 429:
            return Failure::Kind::for_now;
        default:
            return status >= 500 ? Failure::Kind::for_now : Failure::Kind::of_file;
    }
}

/// The value of a field of Content-Disposition in a form (RFC 7578, 4.2; the escapes are those of the HTML standard).
std::string form_name(std::string_view name) {
    std::string escaped;
    for (const char character : name) {
        if (character == '"') {
            escaped += "%22";
        } else {
            escaped += character;
        }
    }
    return escaped;
}

std::string form_field(const std::string& boundary, std::string_view name, std::string_view value) {
    return fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", boundary, name, value);
}

http_client::Client::Options client_options(std::stop_token stop) {
    http_client::Client::Options options;
    options.transfer.connect_timeout = 10s;
    options.transfer.stall_timeout = 60s;
    options.transfer.stop = std::move(stop);
    return options;
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

}  // namespace

ServerTarget::ServerTarget(std::string url, Tokens tokens, std::stop_token stop)
    : url_(without_slash(std::move(url))), client_(client_options(std::move(stop))), tokens_(std::move(tokens)) {}

/// Which files it takes is the server's to say.
std::optional<std::string> ServerTarget::foresee_refusal(std::string_view, std::int64_t) const {
    return std::nullopt;
}

std::expected<Imported, Failure> ServerTarget::take(const Candidate& candidate) {
    try {
        return take_or_throw(candidate);
    } catch (const http_client::NetworkError& error) {
        const auto kind = error.may_pass() ? Failure::Kind::for_now : Failure::Kind::of_import;
        return std::unexpected(
            Failure{.kind = kind, .reason = fmt::format("The server cannot be reached: {}.", error.what())});
    }
}

std::expected<Imported, Failure> ServerTarget::take_or_throw(const Candidate& candidate) {
    if (const auto same = find_same(candidate)) {
        return Imported{.doc_id = *same, .was_there = true};
    }
    if (auto failure = make_path(candidate.full_path)) {
        return std::unexpected(*std::move(failure));
    }
    for (int number = 1;; ++number) {
        const Answer answer = upload(candidate, numbered_name(candidate.filename, number));
        if (answer.status == 201) {
            return Imported{.doc_id = answer.body.at("doc_id").to_number<std::int64_t>()};
        }
        if (answer.status != 409 || number == most_namesakes) {
            return std::unexpected(
                Failure{.kind = kind_of(answer.status), .reason = reason_of(answer.status, answer.body)});
        }
    }
}

/// A server that cannot tell is told of each file once more.
std::optional<std::int64_t> ServerTarget::find_same(const Candidate& candidate) {
    const Answer answer = send(
        [&] { return request("GET", fmt::format("{}/docs/same-content?sha256={}", api, candidate.content.sha256())); },
        of_a_question);
    const json::object* object = answer.body.if_object();
    if (answer.status != 200 || object == nullptr || !object->contains("items")) {
        return std::nullopt;
    }
    for (const json::value& item : object->at("items").as_array()) {
        if (text_of(item, "path") == candidate.full_path) {
            return item.at("doc_id").to_number<std::int64_t>();
        }
    }
    return std::nullopt;
}

ServerTarget::Answer ServerTarget::upload(const Candidate& candidate, const std::string& filename) {
    const std::string boundary = "nassaq-" + random_uuid();
    const std::string path = candidate.full_path == paths::root ? "" : candidate.full_path;
    const std::string before = form_field(boundary, "full_path", path) +
                               form_field(boundary, "file_modified_at", to_iso(candidate.modified_at) + "Z") +
                               fmt::format(
                                   "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
                                   "Content-Type: application/octet-stream\r\n\r\n",
                                   boundary, form_name(filename));
    const UniqueFd file = file::open_for_reading(candidate.content.path());
    // Of this upload alone: when it is sent once more, because its answer was not heard, it is not done twice. A file
    // that is imported again after its document was deleted is another upload.
    const std::string idempotency_key = random_uuid();
    return send(
        [&] {
            auto upload = request(
                "POST", fmt::format("{}/docs/upload", api),
                http_client::FramedFile{.before = before,
                                        .file = {.fd = file.get(), .offset = 0, .length = candidate.content.size()},
                                        .after = fmt::format("\r\n--{}--\r\n", boundary)});
            upload.headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
            upload.headers.emplace_back("Idempotency-Key", idempotency_key);
            return upload;
        },
        of_an_upload);
}

/// With all that it is below, so that the tree of a client can show it. Whose token may not has to find it there.
std::optional<Failure> ServerTarget::make_path(const std::string& full_path) {
    for (std::size_t end = 0; end != std::string::npos && full_path != paths::root;) {
        end = full_path.find('/', end + 1);
        const std::string part = full_path.substr(0, end);
        if (is_known(part)) {
            continue;
        }
        const Answer answer = post_path(part);
        constexpr int made = 201;
        constexpr int exists = 409;
        constexpr int is_no_administrator = 403;
        if (answer.status != made && answer.status != exists && answer.status != is_no_administrator) {
            return Failure{.kind = kind_of(answer.status), .reason = reason_of(answer.status, answer.body)};
        }
        const std::scoped_lock lock(mutex_);
        may_make_paths_ = answer.status != is_no_administrator;
        known_paths_.insert(part);
    }
    return std::nullopt;
}

bool ServerTarget::is_known(const std::string& full_path) {
    const std::scoped_lock lock(mutex_);
    return !may_make_paths_ || known_paths_.contains(full_path);
}

ServerTarget::Answer ServerTarget::post_path(const std::string& full_path) {
    return send(
        [&] {
            auto made =
                request("POST", fmt::format("{}/paths/", api), json::serialize(json::object{{"full_path", full_path}}));
            made.headers.emplace_back("Content-Type", "application/json");
            return made;
        },
        of_a_question);
}

ServerTarget::Answer ServerTarget::send(const http_client::Client::MakeRequest& make_request,
                                        std::chrono::seconds time) {
    for (bool is_renewed = false;; is_renewed = true) {
        const std::string token = access_token();
        const auto response = client_.send(make_request, http_client::in(time));
        if (response.status == 401 && !is_renewed && renew_token(token)) {
            continue;
        }
        json::error_code error;
        json::value body = json::parse(response.body, error);
        return {.status = response.status, .body = error ? json::value() : std::move(body)};
    }
}

http_client::Request ServerTarget::request(std::string_view method, std::string_view target, http_client::Body body) {
    return {.method = std::string(method),
            .url = url_ + std::string(target),
            .headers = {{"Authorization", "Bearer " + access_token()}, {"Accept", "application/json"}},
            .body = std::move(body)};
}

/// Once for all threads. @param refused  the token that was not let in  @return whether there is another now
bool ServerTarget::renew_token(const std::string& refused) {
    const std::scoped_lock lock(mutex_);
    if (tokens_.access != refused) {
        return true;  // Another thread was faster.
    }
    if (tokens_.refresh.empty()) {
        return false;
    }
    const auto response = client_.send(
        [&] {
            return http_client::Request{.method = "POST",
                                        .url = fmt::format("{}{}/auth/refresh", url_, api),
                                        .headers = {{"Authorization", "Bearer " + tokens_.refresh}},
                                        .body = std::string()};
        },
        http_client::in(of_a_question));
    json::error_code error;
    const json::value body = json::parse(response.body, error);
    if (!response.is_success() || error) {
        return false;
    }
    tokens_.access = text_of(body, "access_token");
    if (std::string next = text_of(body, "refresh_token"); !next.empty()) {
        tokens_.refresh = std::move(next);
    }
    return !tokens_.access.empty();
}

std::string ServerTarget::access_token() {
    const std::scoped_lock lock(mutex_);
    return tokens_.access;
}

std::string ServerTarget::owner() {
    const Answer answer = send([&] { return request("GET", fmt::format("{}/users/me", api)); }, of_a_question);
    if (answer.status != 200) {
        throw std::runtime_error(
            fmt::format("the server does not let the token in: {}", reason_of(answer.status, answer.body)));
    }
    return text_of(answer.body, "email");
}

}  // namespace nassaq::imports
