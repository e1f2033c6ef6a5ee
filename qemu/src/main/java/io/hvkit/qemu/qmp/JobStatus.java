package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Progress;
import java.util.Optional;

/**
 * How a job stands.
 *
 * @param id the name it was started under
 * @param type what it does, in qemu's words, such as {@code mirror}
 * @param state where it is in its life
 * @param done how much is finished; bytes, for all that copies
 * @param total how much there is to do, as far as known now; it may grow while a guest goes on writing
 * @param error what went wrong, in qemu's words
 */
public record JobStatus(String id, String type, JobState state, long done, long total, Optional<String> error) {

    /** Returns how far it is. */
    public Progress progress() {
        return new Progress(type, ByteSize.bytes(Math.max(0, done)), ByteSize.bytes(Math.max(0, total)));
    }

    /** Returns how it ended, if it has. */
    public Optional<JobConclusion> conclusion() {
        return state == JobState.CONCLUDED ? Optional.of(JobConclusion.of(error)) : Optional.empty();
    }

    static JobStatus of(QmpValue job) {
        return new JobStatus(
                job.at("id").text(),
                job.at("type").text(),
                JobState.parse(job.at("status").text()),
                job.at("current-progress").number(),
                job.at("total-progress").number(),
                job.find("error").map(QmpValue::text));
    }
}
