#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace nassaq::http {

/// What has been read from a connection and not been used yet, in one piece. Small while a connection is idle, so that
/// thousands of them cost little.
class ReadBuffer {
public:
    static constexpr std::size_t initial_capacity = 2048;

    [[nodiscard]] std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }

    void consume(std::size_t count) {
        begin_ += count;
        if (empty()) begin_ = end_ = 0;
    }
    void clear() { begin_ = end_ = 0; }

    /// Room behind the content: what is free, or else twice the capacity up to `capacity_limit`. Empty when the content
    /// fills that.
    std::span<char> prepare(std::size_t capacity_limit) {
        if (begin_ > 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, size());
            end_ -= std::exchange(begin_, 0);
        }
        if (end_ == capacity_ && capacity_ < capacity_limit) {
            reallocate(std::min(capacity_limit, std::max(initial_capacity, capacity_ * 2)));
        }
        return {bytes_.get() + end_, capacity_ - end_};
    }
    void commit(std::size_t count) { end_ += count; }

    /// Makes the capacity at least that.
    void reserve(std::size_t capacity) {
        if (capacity > capacity_) reallocate(capacity);
    }
    /// Gives back what a large request has made it grow to; keeps the content.
    void shrink() {
        const std::size_t wanted = std::max(initial_capacity, size());
        if (capacity_ > wanted) reallocate(wanted);
    }

private:
    void reallocate(std::size_t capacity) {
        auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
        std::ranges::copy(view(), bytes.get());
        end_ -= std::exchange(begin_, 0);
        bytes_ = std::move(bytes);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace nassaq::http
