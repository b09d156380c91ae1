#include "metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace nassaq::metrics {
namespace {

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double size = 0;
    double resident = 0;
    if (!(file >> size >> resident)) {
        throw std::runtime_error("/proc/self/statm cannot be read");
    }
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_files() {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
    using Clock = std::chrono::system_clock;
    const double start = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
    metrics.add_gauge("process_resident_memory_bytes", "Memory that the process holds", &resident_bytes);
    metrics.add_counter("process_cpu_seconds_total", "Processor time of the process, without its children's",
                        &cpu_seconds);
    metrics.add_gauge("process_open_fds", "Open file descriptors", &open_files);
    metrics.add_gauge("process_start_time_seconds", "When the process started, in seconds since 1970",
                      [start] { return start; });
}

}  // namespace nassaq::metrics
