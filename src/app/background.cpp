#include "app/background.hpp"

#include <pthread.h>

#include <chrono>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "jobs/wakeup.hpp"

namespace nassaq::app {
namespace {

constexpr std::chrono::seconds pause_after_error{1};
constexpr std::size_t longest_thread_name = 15;  // pthread_setname_np(3)

void loop(const std::string& name, const std::function<void(std::stop_token)>& work, const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), name.substr(0, longest_thread_name).c_str());
    while (!stop.stop_requested()) {
        try {
            work(stop);
        } catch (const std::exception& error) {
            log::error("background work failed, and is tried again", {{"work", name}, {"error", error.what()}});
            jobs::pause(stop, pause_after_error);
        }
    }
}

}  // namespace

void Background::run(const std::string& name, std::function<void(std::stop_token)> work) {
    threads_.emplace_back([name, work = std::move(work)](const std::stop_token& stop) { loop(name, work, stop); });
}

void Background::request_stop() {
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
}

void Background::stop() {
    request_stop();
    threads_.clear();
}

}  // namespace nassaq::app
