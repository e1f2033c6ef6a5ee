package io.hvkit.examples.storage;

import io.hvkit.examples.console.ProofTable;
import io.hvkit.testkit.canary.Scan;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/** The search for keys where they must not be. It proves nothing about what it could not look into. */
public final class KeySearch {

    private KeySearch() {}

    /** Looks that these processes, and this one, were looked into. */
    public static void requireLookedInto(Scan running, Collection<Long> processes) {
        SortedSet<Long> unseen = new TreeSet<>(processes);
        unseen.add(ProcessHandle.current().pid());
        unseen.retainAll(running.hiddenProcesses());
        if (!unseen.isEmpty()) {
            throw new IllegalStateException("processes that may hold a key could not be looked into: " + unseen);
        }
    }

    /** Proves that no key was found, among files and processes that were all looked into. */
    public static void prove(ProofTable proofs, Scan scan, int keys) throws InterruptedException {
        proofs.step("no key is anywhere", () -> scan);
        proofs.require(
                scan.clean()
                        && scan.files() > 0
                        && scan.processes() > 0
                        && scan.unreadable().isEmpty(),
                "none of " + keys + " keys is in " + scan.files()
                        + " files, those of the catalog and the log too, nor in argv"
                        + " or environment of " + scan.processes() + " processes while the guest wrote; found: "
                        + scan.findings());
    }
}
