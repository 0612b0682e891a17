/* memscan/memscan.h - everything a program needs. Platform authors also include memscan/ext/platform.h. */
#ifndef MEMSCAN_MEMSCAN_H
#define MEMSCAN_MEMSCAN_H

#include <memscan/base.h>
#include <memscan/dump.h>
#include <memscan/find.h>
#include <memscan/hold.h>
#include <memscan/memory.h>
#include <memscan/patch.h>
#include <memscan/process.h>
#include <memscan/question.h>
#include <memscan/recording.h>
#include <memscan/scan.h>
#include <memscan/target.h>
#include <memscan/value.h>
#include <memscan/where.h>

#endif
