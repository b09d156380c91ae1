#include "storage/blob_service.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace nassaq::storage {

http_client::Deadline request_deadline(std::uint64_t body_bytes) {
    // Below the lease of a deletion (docs/decisions/0003), and 128 KiB a second besides.
    constexpr std::chrono::milliseconds for_a_small_one{25'000};
    constexpr std::uint64_t bytes_per_millisecond = 128;
    return http_client::in(for_a_small_one + std::chrono::milliseconds(body_bytes / bytes_per_millisecond));
}

void for_each_in_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto run = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                work(i);
            }
        } catch (...) {
            next = count;
            const std::scoped_lock lock(mutex);
            if (!failure) {
                failure = std::current_exception();
            }
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < std::min(count, threads); ++i) {
            helpers.emplace_back(run);
        }
        run();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace nassaq::storage
