package io.hvkit.engine.job;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Incubating;
import java.util.List;

/**
 * What a recovery found in the journal, and what it did about it.
 *
 * @param findings one for each operation that had not ended, the oldest first
 */
@Incubating(since = "0.1")
public record RecoveryReport(List<Finding> findings) {

    /** What was done about an operation. */
    public enum Verdict {
        /** It was finished. */
        FINISHED,
        /** What it had done was taken back, but for what it left behind. */
        TAKEN_BACK,
        /** It was taken up and could neither be finished nor be taken back now; it is open, and another recovery tries again. */
        HALTED,
        /** A live process works on it, this one or another; it was left alone. */
        LEFT_ALONE,
        /** This engine does not know its kind; it was left alone. */
        UNKNOWN_KIND
    }

    /**
     * What was found of one operation.
     *
     * @param id the operation
     * @param kind what it does
     * @param verdict what was done about it
     * @param explanation why, in words for people: what went wrong, who works on it; empty if there is nothing to say
     * @param leftovers what it could not tidy up, in words for people; empty nearly always
     */
    public record Finding(
            RecordId<OperationRecord> id, String kind, Verdict verdict, String explanation, List<String> leftovers) {
        /** Copies the list. */
        public Finding {
            leftovers = List.copyOf(leftovers);
        }
    }

    /** Copies the list. */
    public RecoveryReport {
        findings = List.copyOf(findings);
    }

    /** Returns the operations with that verdict. */
    public List<Finding> with(Verdict verdict) {
        return findings.stream().filter(finding -> finding.verdict() == verdict).toList();
    }
}
