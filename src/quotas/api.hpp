#pragma once

#include "api/route.hpp"

namespace nassaq::quotas {

api::RouteTable routes();

}  // namespace nassaq::quotas
