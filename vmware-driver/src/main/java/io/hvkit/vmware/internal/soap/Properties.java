package io.hvkit.vmware.internal.soap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads properties of objects, page by page, so that no answer is as large as an inventory. */
public final class Properties {

    private static final int PAGE = 100;
    private static final int TRIES = 3;

    private final VimClient client;

    Properties(VimClient client) {
        this.client = client;
    }

    /**
     * An object and what it said of itself.
     *
     * @param values what was asked for and is set, by path
     */
    public record Found(Ref ref, Map<String, Node> values) {

        /** Returns a value, if it is set. */
        public Optional<Node> value(String path) {
            return Optional.ofNullable(values.get(path));
        }

        /** Returns a value's text; empty if it is not set. */
        public String text(String path) {
            return value(path).map(Node::text).orElse("");
        }
    }

    /**
     * Reads one object.
     *
     * @throws VimFault {@code ManagedObjectNotFound} if there is no such object
     */
    public Found read(Ref object, String... paths) throws VimFault, LostAnswer, InterruptedException {
        Data spec = filter(object.type(), paths)
                .with("objectSet", Data.of("ObjectSpec").with("obj", object).with("skip", false));
        return find(spec).stream().findFirst().orElseGet(() -> new Found(object, Map.of()));
    }

    /** Reads the objects of a type that an object refers to by one of its properties. */
    public List<Found> readAll(Ref object, String property, String type, String... paths)
            throws VimFault, LostAnswer, InterruptedException {
        return find(filter(type, paths)
                .with("objectSet", from(object).with("selectSet", step("there", object.type(), property))));
    }

    /** Reads the hosts that lie below a folder, however deep. */
    public List<Found> readHosts(Ref folder, String... paths) throws VimFault, LostAnswer, InterruptedException {
        Data deeper = Data.of("SelectionSpec").with("name", "folders");
        Data hosts = Data.of("SelectionSpec").with("name", "hosts");
        return find(filter("HostSystem", paths)
                .with(
                        "objectSet",
                        from(folder)
                                .with(
                                        "selectSet",
                                        List.of(
                                                step("folders", "Folder", "childEntity")
                                                        .with("selectSet", List.of(deeper, hosts)),
                                                step("hosts", "ComputeResource", "host")))));
    }

    /** Reads the machines that lie below a folder, however deep, and templates. */
    public List<Found> readMachines(Ref folder, String... paths) throws VimFault, LostAnswer, InterruptedException {
        Data deeper = Data.of("SelectionSpec").with("name", "folders");
        return find(filter("VirtualMachine", paths)
                .with(
                        "objectSet",
                        from(folder)
                                .with(
                                        "selectSet",
                                        step("folders", "Folder", "childEntity").with("selectSet", deeper))));
    }

    private static Data from(Ref object) {
        return Data.of("ObjectSpec").with("obj", object).with("skip", true);
    }

    static Data step(String name, String type, String path) {
        return Data.of("TraversalSpec")
                .with("name", name)
                .with("type", type)
                .with("path", path)
                .with("skip", false);
    }

    static Data filter(String type, String... paths) {
        return Data.of("PropertyFilterSpec")
                .with(
                        "propSet",
                        Data.of("PropertySpec")
                                .with("type", type)
                                .with("all", false)
                                .with("pathSet", List.of(paths)));
    }

    /** A page that is lost, or a session between two of them, loses the rest, and all is read again. */
    private List<Found> find(Data spec) throws VimFault, LostAnswer, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return pages(spec);
            } catch (LostPages e) {
                if (attempt < TRIES) {
                    continue;
                }
                if (e.getCause() instanceof LostAnswer lost) {
                    throw lost;
                }
                if (e.getCause() instanceof VimFault fault) {
                    throw fault;
                }
                throw new IllegalStateException("pages are lost by nothing else", e);
            }
        }
    }

    private static final class LostPages extends Exception {

        private static final long serialVersionUID = 1L;

        LostPages(Exception cause) {
            super(cause);
        }
    }

    private List<Found> pages(Data spec) throws VimFault, LostAnswer, LostPages, InterruptedException {
        Ref collector = client.service("propertyCollector");
        Data options = Data.of("RetrieveOptions").with("maxObjects", PAGE);
        Node response = client.call(Call.reading(
                collector, Data.of("RetrievePropertiesEx").with("specSet", spec).with("options", options)));
        Map<Ref, Found> all = new LinkedHashMap<>();
        String token = take(response, all);
        while (!token.isEmpty()) {
            token = take(next(collector, token), all);
        }
        return new ArrayList<>(all.values());
    }

    private Node next(Ref collector, String token) throws LostPages, InterruptedException {
        // A page whose answer was lost is gone, so that this is sent once.
        Call call =
                Call.changing(collector, Data.of("ContinueRetrievePropertiesEx").with("token", token));
        try {
            return client.call(call);
        } catch (VimFault e) {
            throw new LostPages(e);
        } catch (LostAnswer e) {
            forget(collector, token);
            throw new LostPages(e);
        }
    }

    /** A vCenter keeps pages that nobody fetches as long as the session lasts. */
    private void forget(Ref collector, String token) throws InterruptedException {
        try {
            client.call(Call.reading(
                    collector, Data.of("CancelRetrievePropertiesEx").with("token", token)));
        } catch (VimFault | LostAnswer e) {
            System.getLogger(Properties.class.getName())
                    .log(System.Logger.Level.DEBUG, "pages of an answer are left: {0}", e);
        }
    }

    private static String take(Node response, Map<Ref, Found> all) {
        Optional<Node> result = response.at("returnval");
        result.stream().flatMap(found -> found.all("objects")).forEach(object -> {
            Map<String, Node> values = new LinkedHashMap<>();
            object.all("propSet").forEach(one -> one.at("val").ifPresent(val -> values.put(one.text("name"), val)));
            Ref ref = object.at("obj").map(Node::ref).orElseThrow();
            all.put(ref, new Found(ref, values));
        });
        return result.map(found -> found.text("token")).orElse("");
    }
}
