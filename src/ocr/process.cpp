#include "ocr/process.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <utility>

#include "base/file.hpp"
#include "base/last_error.hpp"
#include "ocr/supervisor.hpp"
#include "ocr/system_call_filter.hpp"

namespace nassaq::ocr {

namespace {

constexpr std::string_view program_path = "/usr/local/bin:/usr/bin:/bin";
/// Grace between the signal that names the CPU limit (SIGXCPU) and the one that cannot be caught.
constexpr rlim_t cpu_grace_seconds = 2;

/// A descriptor that poll(2) finds readable once the process has ended (pidfd_open(2)). By its number: the header of
/// glibc 2.36 declares the function for C only.
UniqueFd open_process(pid_t id) {
    return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, id, 0)));
}

struct Pipe {
    UniqueFd reader;
    UniqueFd writer;
};

std::expected<Pipe, std::error_code> open_pipe(int reader_flags) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(last_error());
    Pipe pipe{.reader = UniqueFd(ends[0]), .writer = UniqueFd(ends[1])};
    if (reader_flags != 0 && fcntl(pipe.reader.get(), F_SETFL, reader_flags) != 0) return std::unexpected(last_error());
    return pipe;
}

struct Conversation {
    UniqueFd ours;
    UniqueFd theirs;
};

/// Standard input as a pair of sockets: unlike a pipe it raises no SIGPIPE, which the process may not ignore, and
/// unlike a file in memory it cannot be executed.
std::expected<Conversation, std::error_code> open_input() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::unexpected(last_error());
    return Conversation{.ours = UniqueFd(ends[0]), .theirs = UniqueFd(ends[1])};
}

struct ResourceLimit {
    __rlimit_resource resource;
    rlimit value;
};

std::vector<ResourceLimit> resource_limits(const ProcessLimits& limits) {
    const auto both = [](std::int64_t value) {
        return rlimit{.rlim_cur = static_cast<rlim_t>(value), .rlim_max = static_cast<rlim_t>(value)};
    };
    rlimit cpu = both(limits.cpu_seconds);
    cpu.rlim_max += cpu_grace_seconds;
    return {
        {RLIMIT_CORE, both(0)},
        {RLIMIT_CPU, cpu},
        {RLIMIT_FSIZE, both(limits.file_size_bytes)},
        {RLIMIT_NOFILE, both(limits.open_files)},
#ifndef NASSAQ_IS_SANITIZED
        // The sanitizers reserve terabytes of addresses for their shadow memory.
        {RLIMIT_AS, both(limits.address_space_bytes)},
#endif
    };
}

/// None under the sanitizers, which look for leaks by calls that no decoder needs.
std::optional<SystemCallFilter> system_call_filter() {
#ifdef NASSAQ_IS_SANITIZED
    return std::nullopt;
#else
    return SystemCallFilter::instance();
#endif
}

/// Everything that the new process needs, made before it is: after that only async-signal-safe calls are allowed,
/// because it has the memory of this one, in which other threads go on (vfork(2), signal-safety(7)).
class PreparedStart {
public:
    PreparedStart(const Command& command, int input, int output, int errors, int failure)
        : arguments_(command.arguments),
          folder_(command.folder),
          program_(command.program),
          environment_{"PATH=" + std::string(program_path), "LC_ALL=C.UTF-8", "OMP_THREAD_LIMIT=1",
                       "TMPDIR=" + folder_},
          limits_(resource_limits(command.limits)),
          standard_{input, output, errors},
          failure_(failure),
          files_({.program = command.program, .folder = command.folder, .document = command.document},
                 std::min(command.landlock, landlock_version())),
          parent_(getpid()) {
        arguments_.insert(arguments_.begin(), program_);
        argument_pointers_ = pointers(arguments_);
        environment_pointers_ = pointers(environment_);
    }
    PreparedStart(const PreparedStart&) = delete;
    PreparedStart& operator=(const PreparedStart&) = delete;
    PreparedStart(PreparedStart&&) = delete;
    PreparedStart& operator=(PreparedStart&&) = delete;
    ~PreparedStart() = default;

    /// Runs in the new process and never returns. A failure is reported as errno through the failure pipe.
    [[noreturn]] void become_program() noexcept {
        if (enter_sandbox()) execve(program_.c_str(), argument_pointers_.data(), environment_pointers_.data());
        const int error = errno;
        // Nobody is left to tell when this fails too.
        [[maybe_unused]] const ssize_t written = write(failure_, &error, sizeof error);
        _exit(127);
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& strings) {
        std::vector<char*> result;
        result.reserve(strings.size() + 1);
        for (std::string& string : strings) result.push_back(string.data());
        result.push_back(nullptr);
        return result;
    }

    /// The server's requests come before its background work, of which loading libraries is a part. Refused where the
    /// server itself has stepped back further.
    static void step_back_from_the_processor() noexcept {
        constexpr int background = 5;
        static_cast<void>(setpriority(PRIO_PROCESS, 0, background));
    }

    /// Of what root may do nothing is left but to read documents that are another user's. For anybody else there is
    /// nothing to give up.
    static bool give_up_privileges() noexcept {
        __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
        std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
        if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
        constexpr std::uint32_t kept = 1U << CAP_DAC_READ_SEARCH;
        sets[0].permitted = sets[0].effective = sets[0].permitted & kept;
        sets[1].permitted = sets[1].effective = 0;
        sets[0].inheritable = sets[1].inheritable = 0;
        return syscall(SYS_capset, &header, sets.data()) == 0;
    }

    [[nodiscard]] bool enter_sandbox() noexcept {
        sigset_t no_signal;
        sigemptyset(&no_signal);
        if (pthread_sigmask(SIG_SETMASK, &no_signal, nullptr) != 0) return false;
        if (signal(SIGPIPE, SIG_DFL) == SIG_ERR) return false;
        if (setsid() < 0) return false;
        step_back_from_the_processor();
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
        if (getppid() != parent_) _exit(127);  // The parent died before the line above.
        for (int number = 0; number < 3; ++number) {
            if (dup2(standard_.at(static_cast<std::size_t>(number)), number) < 0) return false;
        }
        if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return false;
        if (chdir(folder_.c_str()) != 0) return false;
        const bool limited = std::ranges::all_of(
            limits_, [](const ResourceLimit& limit) { return setrlimit(limit.resource, &limit.value) == 0; });
        return limited && give_up_privileges() && files_.enforce() && (!filter_ || filter_->install());
    }

    std::vector<std::string> arguments_;
    std::string folder_;
    std::string program_;
    std::vector<std::string> environment_;
    std::vector<ResourceLimit> limits_;
    std::array<int, 3> standard_;
    int failure_;
    FileRules files_;
    std::optional<SystemCallFilter> filter_ = system_call_filter();
    pid_t parent_;
    std::vector<char*> argument_pointers_;
    std::vector<char*> environment_pointers_;
};

/// Not fork(2): copying the tables of a server's memory takes longer than starting the program, and all its threads
/// then pay for each page that they write to. This thread goes on when the program has begun, or could not.
[[gnu::noinline]] pid_t start_process(PreparedStart& start) {
    // NOLINTBEGIN(clang-analyzer-*,bugprone-unsafe-functions): posix_spawn(3) can set no
    // limits and no filter; what become_program() calls is fine here (PreparedStart).
    const pid_t id = vfork();
    if (id == 0) start.become_program();
    return id;
    // NOLINTEND(clang-analyzer-*,bugprone-unsafe-functions)
}

/// A process that was started: kills and reaps it at the latest when this object goes.
class RunningProcess {
public:
    explicit RunningProcess(pid_t id) : id_(id) {}
    RunningProcess(const RunningProcess&) = delete;
    RunningProcess& operator=(const RunningProcess&) = delete;
    RunningProcess(RunningProcess&&) = delete;
    RunningProcess& operator=(RunningProcess&&) = delete;
    ~RunningProcess() {
        if (id_ < 0) return;
        end();
        reap();
    }

    /// The process is all there is to end, for it can start no other; where the filter of system calls is off, as under
    /// the sanitizers, it is the whole group, whose number cannot be given to anybody else before reap().
    void end() const {
        kill(-id_, SIGKILL);
        kill(id_, SIGKILL);
    }

    /// Waits for the end. @return the status as waitpid(2) gives it.
    int reap() {
        int status = 0;
        while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
        }
        id_ = -1;
        return status;
    }

private:
    pid_t id_;
};

/// Makes a request to stop something that poll(2) wakes up for.
class StopSignal {
public:
    explicit StopSignal(std::stop_token stop)
        : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(std::move(stop), Raise{event_.get()}) {}

    [[nodiscard]] int get() const { return event_.get(); }

private:
    struct Raise {
        int event;
        void operator()() const { eventfd_write(event, 1); }
    };
    UniqueFd event_;
    std::stop_callback<Raise> callback_;
};

/// Among all processes of the server the kernel shall end this one first when memory runs out (proc(5)). Nothing is
/// lost where that cannot be said.
void offer_to_the_out_of_memory_killer(pid_t id) {
    std::ofstream("/proc/" + std::to_string(id) + "/oom_score_adj") << 500;
}

/// Waits until the program is running. @return the error when it is not.
std::error_code wait_for_start(Pipe& failure) {
    failure.writer.reset();
    int error = 0;
    ssize_t count = 0;
    do {
        count = read(failure.reader.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    return count == sizeof error ? std::error_code(error, std::generic_category()) : std::error_code();
}

}  // namespace

std::expected<Outcome, std::error_code> run_process(const Command& command, std::stop_token stop) {
    const auto deadline = Supervisor::Clock::now() + command.timeout;
    auto input = open_input();
    auto output = open_pipe(O_NONBLOCK);
    auto errors = open_pipe(O_NONBLOCK);
    auto failure = open_pipe(0);
    const StopSignal stop_signal(std::move(stop));
    if (!input || !output || !errors || !failure || stop_signal.get() < 0) return std::unexpected(last_error());

    std::optional<PreparedStart> start;
    try {
        start.emplace(command, input->theirs.get(), command.output_file.value_or(output->writer.get()),
                      errors->writer.get(), failure->writer.get());
    } catch (const std::system_error& error) {
        return std::unexpected(error.code());
    }
    const pid_t id = start_process(*start);
    if (id < 0) return std::unexpected(last_error());

    RunningProcess process(id);
    input->theirs.reset();
    output->writer.reset();
    errors->writer.reset();
    if (const std::error_code error = wait_for_start(*failure)) return std::unexpected(error);
    UniqueFd process_event = open_process(id);
    if (!process_event) return std::unexpected(last_error());
    offer_to_the_out_of_memory_killer(id);

    Supervisor supervisor(id,
                          {.input = std::move(input->ours),
                           .output = std::move(output->reader),
                           .errors = std::move(errors->reader),
                           .process = std::move(process_event)},
                          command);
    const Ending ending = supervisor.watch(deadline, stop_signal.get());
    process.end();
    Outcome outcome = std::move(supervisor).take_outcome();
    const int status = process.reap();

    outcome.ending = ending == Ending::exited && WIFSIGNALED(status) ? Ending::signalled : ending;
    outcome.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return outcome;
}

std::optional<std::filesystem::path> find_program(std::string_view name) {
    for (std::string_view rest = program_path; !rest.empty();) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        std::filesystem::path candidate = std::filesystem::path(folder) / name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

}  // namespace nassaq::ocr
