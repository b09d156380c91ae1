#include "api/shared_answer.hpp"

#include <thread>

namespace nassaq::api {

http::Response SharedAnswer::get(Clock::time_point received, const std::function<http::Response()>& make) {
    const std::scoped_lock lock(mutex_);
    if (answer_ && begun_ >= received) {
        return http::copy_of(*answer_);
    }
    std::this_thread::sleep_until(begun_ + interval);
    begun_ = Clock::now();
    answer_.reset();
    answer_ = make();
    return http::copy_of(*answer_);
}

}  // namespace nassaq::api
