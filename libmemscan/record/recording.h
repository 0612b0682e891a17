/* recording.h - the handle of a recording, for those that start one on another system than this one. */
#ifndef MS_RECORDING_H
#define MS_RECORDING_H

#include <memscan/recording.h>

#include "../base/recorder.h"

/* As memscan_recording_start, on the given system; NULL: NOT_SUPPORTED. */
memscan_status ms_recording_start(const ms_recorder_system *system, char *const *arguments,
                                  const memscan_recording_options *options, memscan_recording **recording,
                                  memscan_error *error);

#endif
