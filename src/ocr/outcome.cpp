#include "ocr/outcome.hpp"

#include <csignal>
#include <string>

namespace nassaq::ocr {

namespace {

Fault blame_signal(int signal, std::string_view program) {
    switch (signal) {
        case SIGXCPU:
        case SIGALRM:  // StepLimit
            return {.temporary = false, .reason = std::string(took_too_long)};
        case SIGXFSZ:
            return {.temporary = false, .reason = std::string(needs_too_much_disk)};
        case SIGSEGV:
        case SIGBUS:
        case SIGABRT:
        case SIGFPE:
        case SIGILL:
        case SIGTRAP:
        case SIGSYS:  // A decoder that was tricked into a forbidden system call.
            return {.temporary = false, .reason = std::string(damaged_file)};
        default:  // SIGKILL is the kernel's answer to a lack of memory; SIGTERM and the like come from an operator.
            return {.temporary = true,
                    .reason = "The reading was interrupted: " + std::string(program) + " was ended by signal " +
                              std::to_string(signal) + "."};
    }
}

}  // namespace

Fault blame(const Outcome& outcome, std::string_view program) {
    switch (outcome.ending) {
        case Ending::timed_out:
            return {.temporary = false, .reason = std::string(took_too_long)};
        case Ending::stopped:
            return {.temporary = true, .reason = "The reading was interrupted: the server stops."};
        case Ending::output_too_large:
            return {.temporary = false, .reason = "The document holds too much text."};
        case Ending::too_many_threads:  // No decoder starts so many, or says so much, so it is not the decoder's work
        case Ending::said_too_much:     // any more.
            return {.temporary = false, .reason = std::string(damaged_file)};
        case Ending::folder_too_large:
            return {.temporary = false, .reason = std::string(needs_too_much_disk)};
        case Ending::signalled:
            return blame_signal(outcome.code, program);
        case Ending::exited:
            break;
    }
    return {.temporary = false, .reason = std::string(damaged_file)};
}

}  // namespace nassaq::ocr
