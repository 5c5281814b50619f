// Package flaskcompat reads, makes and answers as Flask-JWT-Extended 4.7 does,
// so that a service can move to Go while its tokens, cookies, statuses and
// bodies stay as they are: a token that the old service made is good here, and
// the other way round.
//
// A [Manager] is what JWTManager is there. Its Verifier is an ordinary
// [authsdk.Verifier], so the adapters, policies and callbacks of this module
// work with it, and a service that is done with moving replaces [New] by
// authsdk.NewVerifier.
//
// Nothing here changes the defaults of the other packages. What it accepts for
// the sake of old tokens they refuse: tokens without kid, iss and aud, whose
// header does not say what they are for. What is a defect there is not copied:
// base64 is read strictly, a lifetime of zero is not "for ever", input that
// broke a request there is refused here, and mistakes of the configuration are
// told by New.
package flaskcompat
