#include "ocr/step_limit.hpp"

#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace nassaq::ocr {

namespace {

std::int64_t used_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1;
}

/// The soft limit is what SIGXCPU tells of; the hard one, of the whole document, stays.
void limit_cpu(rlim_t soft) {
    rlimit limit{};
    if (getrlimit(RLIMIT_CPU, &limit) != 0) throw std::system_error(errno, std::system_category(), "getrlimit");
    limit.rlim_cur = std::min(soft, limit.rlim_max);
    if (setrlimit(RLIMIT_CPU, &limit) != 0) throw std::system_error(errno, std::system_category(), "setrlimit");
}

void limit_wall(std::int64_t seconds) {
    const itimerval timer{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_usec = 0}};
    setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

StepLimit::StepLimit(std::int64_t cpu_seconds, std::int64_t wall_seconds) {
    limit_cpu(static_cast<rlim_t>(used_cpu_seconds() + std::max<std::int64_t>(cpu_seconds, 0)));
    limit_wall(std::max<std::int64_t>(wall_seconds, 1));
}

StepLimit::~StepLimit() {
    limit_wall(0);
    // Cannot fail: the soft limit is put back to what the hard one allows.
    rlimit limit{};
    if (getrlimit(RLIMIT_CPU, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CPU, &limit);
    }
}

}  // namespace nassaq::ocr
