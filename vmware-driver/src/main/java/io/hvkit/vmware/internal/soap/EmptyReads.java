package io.hvkit.vmware.internal.soap;

/**
 * Tells reads that found nothing from those that were not let in: without a session a vCenter may answer as if all were well, with
 * objects that lack what was asked for, or with none.
 */
final class EmptyReads {

    private static final String READ = "RetrievePropertiesExResponse";
    private static final String SESSION = "currentSession";

    private EmptyReads() {}

    /** Returns whether an answer says that something is missing because nobody is logged in. */
    static boolean meanLoggedOut(Node response) {
        return response.all("returnval")
                .flatMap(result -> result.all("objects"))
                .flatMap(object -> object.all("missingSet"))
                .anyMatch(missing -> missing.at("fault", "fault")
                        .filter(fault -> fault.type().equals("NotAuthenticated"))
                        .isPresent());
    }

    /** Returns whether an answer to a read holds no property at all. */
    static boolean mayMeanLoggedOut(Node response) {
        return response.name().equals(READ)
                && response.all("returnval")
                        .flatMap(result -> result.all("objects"))
                        .noneMatch(object -> object.at("propSet").isPresent());
    }

    /** Returns the read of what is set exactly as long as somebody is logged in. */
    static Call lookAtSession(Ref collector, Ref sessions) {
        Data spec = Properties.filter(sessions.type(), SESSION)
                .with("objectSet", Data.of("ObjectSpec").with("obj", sessions).with("skip", false));
        return Call.reading(
                collector,
                Data.of("RetrievePropertiesEx").with("specSet", spec).with("options", Data.of("RetrieveOptions")));
    }

    /** Returns whether the answer to that says that nobody is. */
    static boolean saysNoSession(Node response) {
        return mayMeanLoggedOut(response);
    }
}
