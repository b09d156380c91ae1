#include "ocr/step_limit.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "base/last_error.hpp"

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
    if (getrlimit(RLIMIT_CPU, &limit) != 0) throw_last_error("read", "the limit of processor time");
    limit.rlim_cur = std::min(soft, limit.rlim_max);
    if (setrlimit(RLIMIT_CPU, &limit) != 0) throw_last_error("set", "the limit of processor time");
}

constexpr int most_extensions = 3;

/// What the handler of SIGALRM knows of the step; there is one at a time.
volatile std::sig_atomic_t step_seconds = 0;       // NOLINT(*-non-const-global-variables)
volatile std::sig_atomic_t extensions_left = 0;    // NOLINT(*-non-const-global-variables)
volatile std::sig_atomic_t used_milliseconds = 0;  // NOLINT(*-non-const-global-variables)

std::sig_atomic_t processor_milliseconds() {
    timespec time{};
    static_cast<void>(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
    return static_cast<std::sig_atomic_t>(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

/// On a machine too busy to let it compute a step gets longer, up to four times its wall clock: what it may compute is
/// limited all the same, and only what hangs computes nothing.
extern "C" void on_alarm(int signal_number) {
    constexpr int little = 20;  // Milliseconds a second.
    const std::sig_atomic_t used = processor_milliseconds();
    if (extensions_left > 0 && used - used_milliseconds >= little * step_seconds) {
        extensions_left = extensions_left - 1;
        used_milliseconds = used;
        alarm(static_cast<unsigned>(step_seconds));
        return;
    }
    // Comes again, without a handler, when this one returns.
    static_cast<void>(signal(signal_number, SIG_DFL));
    static_cast<void>(raise(signal_number));
}

void limit_wall(std::int64_t seconds) {
    step_seconds = static_cast<std::sig_atomic_t>(seconds);
    extensions_left = most_extensions;
    used_milliseconds = processor_milliseconds();
    struct sigaction action {};
    action.sa_handler = on_alarm;
    action.sa_flags = SA_RESTART;
    if (sigaction(SIGALRM, &action, nullptr) != 0) throw_last_error("handle", "SIGALRM");
    alarm(static_cast<unsigned>(seconds));
}

}  // namespace

StepLimit::StepLimit(std::int64_t cpu_seconds, std::int64_t wall_seconds) {
    limit_cpu(static_cast<rlim_t>(used_cpu_seconds() + std::max<std::int64_t>(cpu_seconds, 0)));
    limit_wall(std::max<std::int64_t>(wall_seconds, 1));
}

StepLimit::~StepLimit() {
    alarm(0);
    // Cannot fail: the soft limit is put back to what the hard one allows.
    rlimit limit{};
    if (getrlimit(RLIMIT_CPU, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CPU, &limit);
    }
}

}  // namespace nassaq::ocr
