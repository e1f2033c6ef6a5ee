package io.hvkit.testkit.canary;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a search for canaries came to. A search that saw nothing proves nothing, so it also says what it saw. */
public final class Scan {

    private record Fields(
            List<Finding> findings,
            List<String> unreadable,
            SortedSet<Long> hidden,
            long texts,
            long files,
            long processes,
            long bytes) {}

    private final Fields fields;

    private Scan(Fields fields) {
        this.fields = fields;
    }

    /** Returns the places where canaries were found; one for each canary, form and place. */
    public List<Finding> findings() {
        return fields.findings;
    }

    /** Returns the files that were there but could not be read, and why. What vanished during the search is not in it. */
    public List<String> unreadable() {
        return fields.unreadable;
    }

    /**
     * Returns the processes whose command line or environment the system does not show to this one, such as those of other
     * users. Processes without memory of their own (kernel threads, and what has ended) have neither and are not in it.
     */
    public SortedSet<Long> hiddenProcesses() {
        return fields.hidden;
    }

    /** Returns the number of texts that were searched. */
    public long texts() {
        return fields.texts;
    }

    /** Returns the number of files that were read to their end. */
    public long files() {
        return fields.files;
    }

    /** Returns the number of processes of which the command line or the environment was read. */
    public long processes() {
        return fields.processes;
    }

    /** Returns the number of bytes that were searched. */
    public long bytes() {
        return fields.bytes;
    }

    /** Returns whether something was searched and nothing found. What could not be read is for the caller to judge. */
    public boolean clean() {
        return fields.findings.isEmpty() && fields.bytes > 0;
    }

    /** Returns both searches as one. */
    public Scan and(Scan other) {
        List<Finding> findings = new ArrayList<>(fields.findings);
        findings.addAll(other.fields.findings);
        List<String> unreadable = new ArrayList<>(fields.unreadable);
        unreadable.addAll(other.fields.unreadable);
        SortedSet<Long> hidden = new TreeSet<>(fields.hidden);
        hidden.addAll(other.fields.hidden);
        return new Scan(new Fields(
                List.copyOf(findings),
                List.copyOf(unreadable),
                Collections.unmodifiableSortedSet(hidden),
                fields.texts + other.fields.texts,
                fields.files + other.fields.files,
                fields.processes + other.fields.processes,
                fields.bytes + other.fields.bytes));
    }

    @Override
    public String toString() {
        return "Scan" + fields;
    }

    /** What is being gathered. */
    static final class Draft {
        private final List<Finding> findings = new ArrayList<>();
        private final List<String> unreadable = new ArrayList<>();
        private final SortedSet<Long> hidden = new TreeSet<>();
        private long texts;
        private long files;
        private long processes;
        private long bytes;

        void found(Haystack haystack, String where) {
            findings.addAll(haystack.findings(where));
            bytes += haystack.length();
        }

        void found(List<Finding> more) {
            findings.addAll(more);
        }

        void text() {
            texts++;
        }

        void file() {
            files++;
        }

        void process() {
            processes++;
        }

        void hidden(long pid) {
            hidden.add(pid);
        }

        void unreadable(String what, Exception why) {
            unreadable.add(what + ": " + why.getClass().getSimpleName());
        }

        Scan finished() {
            return new Scan(new Fields(
                    List.copyOf(findings),
                    List.copyOf(unreadable),
                    Collections.unmodifiableSortedSet(hidden),
                    texts,
                    files,
                    processes,
                    bytes));
        }
    }
}
