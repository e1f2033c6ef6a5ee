package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** What may be said of any job: how fast, under which name, and whether it may decrypt. */
record JobTerms(Optional<ByteSize> speed, Optional<String> id, Plaintext plaintext) {

    static final JobTerms USUAL = new JobTerms(Optional.empty(), Optional.empty(), Plaintext.REFUSED);

    private static final Pattern ID = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");

    /** Whether what is encrypted may be written in clear. */
    enum Plaintext {
        REFUSED,
        ALLOWED
    }

    JobTerms atMost(ByteSize perSecond) {
        if (perSecond.bytes() == 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("at a speed of zero nothing is ever done; leave the limit out, or pause the job");
        }
        return new JobTerms(Optional.of(perSecond), id, plaintext);
    }

    JobTerms named(String name) {
        if (!ID.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is no name for a job; use letters, digits, '-', '.' and '_', a letter first", name);
        }
        return new JobTerms(speed, Optional.of(name), plaintext);
    }

    JobTerms intoPlaintext() {
        return new JobTerms(speed, id, Plaintext.ALLOWED);
    }

    boolean allowPlaintext() {
        return plaintext == Plaintext.ALLOWED;
    }

    /** Returns the name that was given, or a new one. */
    String idOr(String kind) {
        return id.orElseGet(() -> kind + "-" + UUID.randomUUID());
    }

    QmpCommand applyTo(QmpCommand command) {
        return speed.map(limit -> command.with("speed", limit.bytes())).orElse(command);
    }
}
