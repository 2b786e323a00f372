package web

import (
	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/store"
)

// homePages are the page that a day begins with, and help.
func (s *Server) homePages() []page {
	return []page{
		{method: "GET", path: "/{$}", right: account.Own, do: (*visit).home},
		{method: "GET", path: "/help", right: account.Own, do: (*visit).help},
	}
}

// homePage is what is due, by clock, and what goes on.
type homePage struct {
	Due       []enquiry.Line // what waits for an officer here, the most urgent first
	Late      int
	Asked     []enquiry.Line // what this node has asked and waits for
	Referrals []enquiry.Line
	Second    int                 // what waits for the visitor to confirm it
	Review    *status.ReviewCount // doubtful matches, for those who decide on them
	Holds     int                 // restrictions that wait for the visitor
	Handed    []guest.Line        // to the visitor's guest office; or those that wait for a second officer
}

// someLines is how many conversations a list on the home page has.
const someLines = 12

func (v *visit) home() error {
	var body homePage
	if v.who.May(account.SeeEnquiries) {
		var err error
		if body.Due, err = v.s.Enquiries.List(v.ctx(), enquiry.Inbox, someLines, v.officer()); err != nil {
			return err
		}
		for _, l := range body.Due {
			if l.Late {
				body.Late++
			}
		}
		out, err := v.s.Enquiries.List(v.ctx(), enquiry.Outbox, 5*someLines, v.officer())
		if err != nil {
			return err
		}
		for _, l := range out {
			if l.Ended.IsZero() && len(body.Asked) < someLines {
				body.Asked = append(body.Asked, l)
			}
		}
		if body.Referrals, err = v.s.Enquiries.List(v.ctx(), enquiry.Referrals, someLines, v.officer()); err != nil {
			return err
		}
	}
	if v.who.May(account.SeeSecond) {
		var err error
		if body.Second, err = v.waiting(); err != nil {
			return err
		}
	}
	if v.who.May(account.Decide) {
		if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
			n, err := status.CountReview(tx, v.reviewer())
			body.Review = &n
			return err
		}); err != nil {
			return err
		}
	}
	if v.who.May(account.Restrict) && v.protection() {
		if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
			body.Holds, err = registry.CountHolds(tx, v.who.ID)
			return err
		}); err != nil {
			return err
		}
	}
	if v.who.May(account.SeeReferred) || v.who.May(account.Refer) && v.protection() {
		var err error
		if body.Handed, err = v.handed(); err != nil {
			return err
		}
	}
	return v.show("home", "desk.home", body)
}

func (v *visit) help() error { return v.show("help", "desk.help", nil) }
