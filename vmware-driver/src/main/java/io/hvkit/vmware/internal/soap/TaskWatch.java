package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A list of tasks and a collector that tells of them. Both belong to one session and are gone with it; whatever goes wrong here is
 * healed by another one. One thread polls; any may add.
 */
final class TaskWatch {

    private static final int MOST_AT_ONCE = 100;
    private static final Ref NOBODY = new Ref("", "");

    private final VimClient client;
    private final Ref collector;
    private final Ref view;
    private final Map<Ref, Map<String, Node>> tasks =
            new ConcurrentHashMap<>(); // and what they said; for the thread that polls
    private String version = "";

    private TaskWatch(VimClient client, Ref collector, Ref view, Collection<Ref> tasks) {
        this.client = client;
        this.collector = collector;
        this.view = view;
        tasks.forEach(task -> this.tasks.put(task, new HashMap<>()));
    }

    /** Returns one for these tasks; nothing if the vCenter does not let us now. */
    static Optional<TaskWatch> begin(VimClient client, Collection<Ref> tasks) throws InterruptedException {
        Ref collector = NOBODY;
        Ref view = NOBODY;
        try {
            collector = made(client, client.service("propertyCollector"), Data.of("CreatePropertyCollector"));
            view = made(
                    client,
                    client.service("viewManager"),
                    Data.of("CreateListView").with("obj", List.copyOf(tasks)));
            Data spec = Properties.filter("Task", TaskInfo.PATHS)
                    .with(
                            "objectSet",
                            Data.of("ObjectSpec")
                                    .with("obj", view)
                                    .with("skip", true)
                                    .with("selectSet", Properties.step("tasks", "ListView", "view")));
            client.callNow(
                    Call.changing(
                            collector,
                            Data.of("CreateFilter").with("spec", spec).with("partialUpdates", false)),
                    Deadline.in(client.timeout()));
            return Optional.of(new TaskWatch(client, collector, view, tasks));
        } catch (VimFault | LostAnswer | DriverException e) {
            trouble(e);
            new TaskWatch(client, collector, view, tasks).end();
            return Optional.empty();
        }
    }

    private static Ref made(VimClient client, Ref maker, Data call) throws VimFault, LostAnswer, InterruptedException {
        return client.callNow(Call.changing(maker, call), Deadline.in(client.timeout()))
                .at("returnval")
                .map(Node::ref)
                .orElse(NOBODY);
    }

    private static void trouble(Exception e) {
        System.getLogger(TaskWatch.class.getName())
                .log(System.Logger.Level.DEBUG, "tasks are watched anew: {0}", e.toString());
    }

    /** Returns those of the tasks that are not watched. */
    List<Ref> missing(Set<Ref> open) {
        return open.stream().filter(task -> !tasks.containsKey(task)).toList();
    }

    /** Returns the tasks that are watched and not among these. */
    List<Ref> surplus(Set<Ref> open) {
        return tasks.keySet().stream().filter(task -> !open.contains(task)).toList();
    }

    /** Returns whether these tasks are watched now, or will be in a moment; if not, this is of no use any more. */
    boolean add(List<Ref> more) throws InterruptedException {
        List<Ref> unseen = more.stream()
                .filter(task -> tasks.putIfAbsent(task, new HashMap<>()) == null)
                .toList();
        return unseen.isEmpty() || modify(Data.of("ModifyListView").with("add", unseen));
    }

    /**
     * Returns whether these tasks are watched no more; if not, this is of no use any more. For the thread that polls. Who has one of them
     * added meanwhile finds it here, and it goes nevertheless.
     */
    boolean forget(List<Ref> gone) throws InterruptedException {
        boolean isDone = gone.isEmpty() || modify(Data.of("ModifyListView").with("remove", gone));
        gone.forEach(tasks::remove);
        return isDone;
    }

    private boolean modify(Data call) throws InterruptedException {
        try {
            client.call(Call.changing(view, call));
            return true;
        } catch (VimFault | LostAnswer | DriverException e) {
            trouble(e);
            return false;
        }
    }

    /** Waits for news, and returns what is known now of the tasks that there is news of; nothing if this is of no use any more. */
    Optional<Map<Ref, TaskInfo>> poll(Duration longest) throws InterruptedException {
        Data options = Data.of("WaitOptions")
                .with("maxWaitSeconds", longest.toSeconds())
                .with("maxObjectUpdates", MOST_AT_ONCE);
        Call call = Call.changing(
                collector, Data.of("WaitForUpdatesEx").with("version", version).with("options", options));
        try {
            Node response = client.callNow(call, Deadline.in(longest.plus(client.timeout())));
            Map<Ref, TaskInfo> news = new HashMap<>();
            response.at("returnval").ifPresent(set -> take(set, news));
            return Optional.of(news);
        } catch (VimFault | LostAnswer | DriverException e) {
            trouble(e);
            return Optional.empty();
        }
    }

    /** It may be a part of what there is to be told; then the next poll brings more at once. */
    private void take(Node set, Map<Ref, TaskInfo> news) {
        version = set.text("version");
        set.all("filterSet").flatMap(filter -> filter.all("objectSet")).forEach(object -> {
            Ref task = object.at("obj").map(Node::ref).orElseThrow();
            Map<String, Node> values = tasks.get(task);
            if (values == null) {
                return; // it has been forgotten, and leaves
            }
            object.all("changeSet")
                    .forEach(change -> change.at("val")
                            .ifPresentOrElse(
                                    val -> values.put(change.text("name"), val),
                                    () -> values.remove(change.text("name"))));
            news.put(task, TaskInfo.of(values));
        });
    }

    /** Ends a poll that is under way and removes list and collector; a session that ends takes them along anyhow. */
    void end() throws InterruptedException {
        for (Call call : List.of(
                Call.changing(collector, Data.of("CancelWaitForUpdates")),
                Call.changing(view, Data.of("DestroyView")),
                Call.changing(collector, Data.of("DestroyPropertyCollector")))) {
            if (call.target().equals(NOBODY)) {
                continue;
            }
            try {
                client.callNow(call, Deadline.in(client.timeout()));
            } catch (VimFault | LostAnswer | DriverException e) {
                trouble(e);
            }
        }
    }
}
