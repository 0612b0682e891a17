/* kernel_lanes.h - the template, once for each lane type, and the table of them all. */
#define V_PASTE2(a, b) a##_##b
#define V_PASTE(a, b)  V_PASTE2(a, b)

#define LANE  i8
#define BYTES 1
#include "kernel_template.h"
#define LANE  i16
#define BYTES 2
#include "kernel_template.h"
#define LANE  i32
#define BYTES 4
#include "kernel_template.h"
#define LANE  i64
#define BYTES 8
#include "kernel_template.h"
#define LANE  f32
#define BYTES 4
#include "kernel_template.h"
#define LANE  f64
#define BYTES 8
#include "kernel_template.h"

#define MS_KERNEL_SET(isa)                                                                                             \
    {                                                                                                                  \
        .name = isa,                                                                                                   \
        .row = {                                                                                                       \
            [MS_LANE_I8] = row_i8,   [MS_LANE_I16] = row_i16, [MS_LANE_I32] = row_i32,                                 \
            [MS_LANE_I64] = row_i64, [MS_LANE_F32] = row_f32, [MS_LANE_F64] = row_f64,                                 \
        },                                                                                                             \
    }
