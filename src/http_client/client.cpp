#include "http_client/client.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace nassaq::http_client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t largest_body = std::size_t{16} << 20U;

bool is_passing(int status) {
    constexpr std::array passing{408, 429, 500, 502, 503, 504};
    return std::ranges::find(passing, status) != passing.end();
}

std::string read_all(Transfer& transfer, Deadline deadline) {
    std::string body;
    std::array<char, std::size_t{16} * 1024> buffer{};
    while (const std::size_t count = transfer.read(buffer, deadline)) {
        if (body.size() + count > largest_body) {
            throw NetworkError("the service's answer is too long", false);
        }
        body.append(buffer.data(), count);
    }
    return body;
}

/// What the service asks for; nothing when it gives no number of seconds (RFC 9110, 10.2.3, knows dates too).
milliseconds retry_after(const Response* response) {
    constexpr std::int64_t longest = 3'600;
    const auto value = response != nullptr ? find(response->headers, "retry-after") : std::nullopt;
    const auto seconds = value ? text::parse_integer(*value) : std::nullopt;
    return std::chrono::seconds{std::clamp<std::int64_t>(seconds.value_or(0), 0, longest)};
}

/// Waits that long, but not beyond the stop. @return whether it was requested.
bool is_stopped_within(const std::stop_token& stop, milliseconds time) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, time, [] { return false; });
    return stop.stop_requested();
}

const Response& head_of(const Response& response) {
    return response;  // NOLINT(bugprone-return-const-ref-from-parameter): its callers have it in a variable.
}

const Response& head_of(const std::unique_ptr<ResponseStream>& stream) {
    return stream->head();
}

}  // namespace

ResponseStream::ResponseStream(std::unique_ptr<Transfer> transfer, Response head)
    : transfer_(std::move(transfer)), head_(std::move(head)) {}

std::size_t ResponseStream::read(std::span<char> buffer) {
    return transfer_ ? transfer_->read(buffer) : 0;
}

Client::Client(Options options) : options_(std::move(options)), pool_(options_.most_idle_connections) {}

Response Client::send(const MakeRequest& make_request, Deadline deadline) {
    return try_several_times(deadline, [&] { return send_once(make_request(), deadline); });
}

std::unique_ptr<ResponseStream> Client::open(const MakeRequest& make_request, Deadline deadline) {
    return try_several_times(deadline, [&] { return open_once(make_request(), deadline); });
}

/// @return what the last attempt has given. @throws what it has thrown.
template <class Attempt>
std::invoke_result_t<Attempt> Client::try_several_times(Deadline deadline, const Attempt& attempt) {
    for (int number = 1;; ++number) {
        try {
            auto answer = attempt();
            if (!is_passing(head_of(answer).status) || !wait_before_next(number, &head_of(answer), deadline)) {
                return answer;
            }
        } catch (const NetworkError& error) {
            if (!error.may_pass() || !wait_before_next(number, nullptr, deadline)) {
                throw;
            }
        }
    }
}

/// @return false when there is no next attempt.
bool Client::wait_before_next(int attempt, const Response* response, Deadline deadline) const {
    const milliseconds wait = std::max(options_.backoff.delay(attempt), retry_after(response));
    if (attempt >= options_.attempts || steady_clock::now() + wait >= deadline ||
        is_stopped_within(options_.transfer.stop, wait)) {
        return false;
    }
    if (options_.on_retry) options_.on_retry();
    return true;
}

Response Client::send_once(Request request, Deadline deadline) {
    Transfer transfer(pool_, options_.transfer, std::move(request));
    Response response = transfer.wait_for_head(deadline);
    response.body = read_all(transfer, deadline);
    return response;
}

std::unique_ptr<ResponseStream> Client::open_once(Request request, Deadline deadline) {
    auto transfer = std::make_unique<Transfer>(pool_, options_.transfer, std::move(request));
    Response head = transfer->wait_for_head(deadline);
    if (!head.is_success()) {
        head.body = read_all(*transfer, deadline);
        transfer.reset();
    }
    return std::make_unique<ResponseStream>(std::move(transfer), std::move(head));
}

}  // namespace nassaq::http_client
