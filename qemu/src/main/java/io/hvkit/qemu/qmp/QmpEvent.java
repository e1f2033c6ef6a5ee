package io.hvkit.qemu.qmp;

import java.time.Instant;

/**
 * Something that happened in a running qemu.
 *
 * @param name in capitals, such as {@code JOB_STATUS_CHANGE}
 * @param data what belongs to it; an empty object if nothing does
 * @param time when, by the clock of qemu's host; the epoch if that host could not tell
 */
public record QmpEvent(String name, QmpValue data, Instant time) {

    private static final long LAST_SECOND = Instant.MAX.getEpochSecond();

    static QmpEvent of(QmpValue message) {
        String name = message.at("event").text();
        QmpValue stamp = message.at("timestamp");
        long seconds = stamp.at("seconds").number();
        long micros = stamp.at("microseconds").number();
        boolean known = seconds >= 0 && seconds <= LAST_SECOND && micros >= 0 && micros < 1_000_000;
        return new QmpEvent(
                name,
                message.find("data").orElse(QmpValue.object()).foundIn(name + ": "),
                known ? Instant.ofEpochSecond(seconds, micros * 1000) : Instant.EPOCH);
    }
}
