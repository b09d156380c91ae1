#pragma once

#include <cstdint>

namespace nassaq::ocr {

/// While it lives, this process has so much time left: it is ended by SIGXCPU or SIGALRM when that is over, in whatever
/// library it hangs. On a machine too busy to let it compute the wall clock gives it up to four times as long. For the
/// child that extracts, which has nothing to clean up; one at a time.
class StepLimit {
public:
    /// @param cpu_seconds, wall_seconds  From now on; 0 or less is the least there can be.
    StepLimit(std::int64_t cpu_seconds, std::int64_t wall_seconds);
    StepLimit(const StepLimit&) = delete;
    StepLimit& operator=(const StepLimit&) = delete;
    StepLimit(StepLimit&&) = delete;
    StepLimit& operator=(StepLimit&&) = delete;
    ~StepLimit();
};

}  // namespace nassaq::ocr
