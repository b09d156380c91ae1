#pragma once

#include <linux/filter.h>

#include <vector>

namespace nassaq::ocr {

/// The system calls that a process over foreign bytes may make: files, memory, threads and children of its own. There
/// is no network in it, nor anything else that reaches beyond the process: what is not allowed fails with EPERM
/// (seccomp(2)). It holds for all processes that the process starts.
class SystemCallFilter {
public:
    /// Made once, and then kept. @throws std::system_error when the filter cannot be made.
    static const SystemCallFilter& instance();

    /// For the calling thread, which must have no_new_privs; async-signal-safe. @return false with errno.
    [[nodiscard]] bool install() const noexcept;

private:
    SystemCallFilter();

    std::vector<sock_filter> program_;
};

}  // namespace nassaq::ocr
