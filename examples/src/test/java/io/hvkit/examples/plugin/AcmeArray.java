package io.hvkit.examples.plugin;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Stands in for the interface of some vendor: it has LUNs with labels, and knows nothing of HVKit's rules. */
final class AcmeArray {

    static final long CAPACITY = 64L << 30;
    static final long STEP = 8L << 20;

    /** A LUN; its labels are whatever a client writes on it. */
    record Lun(int number, String name, long bytes, Set<String> labels) {}

    private final List<Lun> luns = new ArrayList<>();
    private int last;

    /** Makes a LUN; names are not looked at. */
    synchronized Lun create(String name, long bytes) {
        last++;
        Lun lun = new Lun(last, name, bytes, new LinkedHashSet<>());
        luns.add(lun);
        return lun;
    }

    synchronized List<Lun> luns() {
        return List.copyOf(luns);
    }

    synchronized Optional<Lun> lun(String wwn) {
        return luns.stream().filter(lun -> wwn(lun).equals(wwn)).findAny();
    }

    synchronized void destroy(Lun lun) {
        luns.remove(lun);
    }

    synchronized void label(Lun lun, Set<String> labels) {
        lun.labels.clear();
        lun.labels.addAll(labels);
    }

    static String wwn(Lun lun) {
        return "wwn-0x6000acme" + lun.number();
    }
}
