// Package route is what a path of the gateway is: method, path, the operations of the
// control protocol that it may ask entry-point for, who may use it, and who answers.
//
// There are three rights. Anyone is who has said no password. A reader has said the one
// of reader=, and learns how things are. An operator may do everything: who has said
// username= and password=, and where those are not set, whoever can connect.
//
// A reader is for scrapers and dashboards, whose passwords lie about in files of others.
// So he changes nothing, and reads neither logs, which may hold what users have sent,
// nor the configuration, whose command lines may hold passwords. That is held twice: a
// row says who may use it, and Guard lets no reader's request reach entry-point whose
// operation is not one that reads (control.Operation), whatever the row says.
package route
