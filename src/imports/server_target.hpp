#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "http_client/client.hpp"
#include "imports/target.hpp"

namespace nassaq::imports {

/// What the server lets the import in with, from the environment.
struct Tokens {
    std::string access;   ///< NASSAQ_TOKEN
    std::string refresh;  ///< NASSAQ_REFRESH_TOKEN: gets another access token when that one's time is up. May be empty.
};

/// The documents of a distant server, through its API: those of whoever the token is of.
class ServerTarget final : public Target {
public:
    /// @param url  of the server, without /api/v1
    ServerTarget(std::string url, Tokens tokens, std::stop_token stop);

    [[nodiscard]] std::optional<std::string> foresee_refusal(std::string_view filename,
                                                             std::int64_t size) const override;
    std::expected<Imported, Failure> take(const Candidate& candidate) override;
    /// Whose token it is: an e-mail address. @throws std::runtime_error when the server does not let it in.
    std::string owner();

private:
    struct Answer {
        int status = 0;
        boost::json::value body;  ///< Null when it was no JSON.
    };

    std::expected<Imported, Failure> take_or_throw(const Candidate& candidate);
    std::optional<std::int64_t> find_same(const Candidate& candidate);
    Answer upload(const Candidate& candidate, const std::string& filename);
    std::optional<Failure> make_path(const std::string& full_path);
    Answer post_path(const std::string& full_path);
    bool is_known(const std::string& full_path);
    Answer send(const http_client::Client::MakeRequest& make_request, std::chrono::seconds time);
    http_client::Request request(std::string_view method, std::string_view target, http_client::Body body = {});
    bool renew_token(const std::string& refused);
    std::string access_token();

    std::string url_;
    http_client::Client client_;
    std::mutex mutex_;  ///< Of what follows.
    Tokens tokens_;
    std::set<std::string> known_paths_;
    bool may_make_paths_ = true;  ///< Until the server says that the token's user may not.
};

}  // namespace nassaq::imports
