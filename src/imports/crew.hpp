#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "imports/source_tree.hpp"

namespace nassaq::imports {

/// Threads that work on the files they are given. Few files wait: whoever brings more is held up.
class Crew {
public:
    /// @param work  from several threads; must not throw
    Crew(unsigned threads, std::function<void(const SourceFile&)> work);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    /// What waits is dropped, what is begun is waited for.
    ~Crew();

    /// Waits for room, or until `stop` is requested; then the file is dropped.
    void give(SourceFile file, const std::stop_token& stop);
    /// Waits until all files are done; what waits is dropped when `stop` is requested.
    void finish(const std::stop_token& stop);

private:
    void work(const std::stop_token& stop);

    std::function<void(const SourceFile&)> work_;
    std::size_t most_waiting_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<SourceFile> waiting_;
    std::size_t busy_ = 0;
    std::vector<std::jthread> threads_;  // The last: they use all of the others.
};

}  // namespace nassaq::imports
