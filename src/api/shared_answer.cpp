#include "api/shared_answer.hpp"

#include <string>
#include <thread>
#include <variant>

namespace nassaq::api {
namespace {

/// A response may hold a stream, and so cannot be copied as such.
http::Response copy_of(const http::Response& answer) {
    return {.status = answer.status, .headers = answer.headers, .body = std::get<std::string>(answer.body)};
}

}  // namespace

http::Response SharedAnswer::get(Clock::time_point received, const std::function<http::Response()>& make) {
    const std::scoped_lock lock(mutex_);
    if (answer_ && begun_ >= received) {
        return copy_of(*answer_);
    }
    std::this_thread::sleep_until(begun_ + interval);
    begun_ = Clock::now();
    answer_.reset();
    answer_ = make();
    return copy_of(*answer_);
}

}  // namespace nassaq::api
